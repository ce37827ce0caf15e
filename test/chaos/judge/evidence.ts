import type { SupervisedApp } from '../app.ts';
import { readLines, type Recorded } from '../history.ts';
import type { Evidence } from './judge.ts';

type LogLine = { msg?: string; jobId?: string; ticket?: number; to?: string };

/** What clients, handlers, receivers and workers wrote down, once nobody writes any more. */
export async function collectEvidence(historyFile: string, startsFile: string, workers: readonly SupervisedApp[]) {
  const logs = await Promise.all(workers.map((worker) => readLines<LogLine>(worker.logFile)));
  const ended = logs.flat().filter((line) => line.msg === 'attempt ended');
  const evidence: Evidence = {
    history: await readLines<Recorded>(historyFile),
    starts: await readLines(startsFile),
    ends: ended.map(({ jobId = '', ticket = 0, to = '' }) => ({ jobId, ticket, to })),
  };
  const times = (msg: string) => logs.flat().filter((line) => line.msg === msg).length;
  return { ...evidence, lateRefused: times('late result refused'), staleDropped: times('stale ticket dropped') };
}
