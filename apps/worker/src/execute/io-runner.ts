import type { AttemptResult, AttemptTask } from '@turno/jobs';
import { loadHandler } from '@turno/kinds';
import { createServices, type ServiceDeps } from './handler-context.ts';
import { stopResult } from './stop-result.ts';
import { thinProgress } from './thin-progress.ts';
import { toFailedResult } from './to-failure.ts';

/** How long a handler that was told to stop may still take to settle; then it is abandoned. */
const settleMs = 1_000;

/** Runs a handler in this process. Once the signal has aborted its answer counts no more, only its end is waited for. */
export async function runInLoop(deps: ServiceDeps, task: AttemptTask): Promise<AttemptResult> {
  const progress = thinProgress(task.onProgress);
  const work = run(deps, task, progress.note).catch(toFailedResult);
  const result = await Promise.race([work, abandoned(deps, task, work)]);
  progress.flush();
  return task.signal.aborted ? stopResult(task.signal) : result;
}

async function run(
  deps: ServiceDeps,
  task: AttemptTask,
  progress: (percent: number, message?: string) => void,
): Promise<AttemptResult> {
  const handler = await loadHandler(task.entry.runFile);
  const { jobId, attempt, signal } = task;
  const output = await handler(task.input, { jobId, attempt, signal, progress, ...createServices(deps, task) });
  return { ok: true, output };
}

function abandoned(
  { log }: ServiceDeps,
  { signal, jobId }: AttemptTask,
  work: Promise<unknown>,
): Promise<AttemptResult> {
  return new Promise((resolve) => {
    const giveUp = () => {
      const timer = setTimeout(() => {
        log.warn({ jobId }, 'the handler does not listen to its signal, abandoned');
        resolve(stopResult(signal));
      }, settleMs);
      void work.finally(() => clearTimeout(timer));
    };
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
    void work.finally(() => signal.removeEventListener('abort', giveUp));
  });
}
