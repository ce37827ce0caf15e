import { createLogLineRecorder, createProgressRecorder, type RunDeps } from '@turno/jobs';
import type { ProcessLife } from '@turno/runtime';
import type { WorkerConstants } from '../constants.ts';
import type { Stores } from './stores.ts';

/** The recorders of what handlers report while they run. */
export type Recorders = Pick<RunDeps, 'progress' | 'logLines'>;

/** Starts the recorders of progress and of log lines. */
export function startRecorders(
  { closers, log }: ProcessLife,
  { postgres, events, signal, publisher }: Stores,
  constants: WorkerConstants,
): Recorders {
  const { sql } = postgres;
  const { logLinesMax: linesMax, logCharsMax: charsMax } = constants.events;
  const progress = createProgressRecorder({ sql, log, publishProgress: publisher.publishProgress });
  closers.add('progress', () => progress.close());
  const logLines = createLogLineRecorder({ events, signal, limits: { linesMax, charsMax } });
  closers.add('log lines', () => logLines.close());
  return { progress, logLines };
}
