import type { AttemptResult, AttemptTask } from '@turno/jobs';
import { loadHandler } from '@turno/kinds';
import { createServices, type ServiceDeps } from './handler-context.ts';
import { stopResult } from './stop-result.ts';
import { throttleProgress } from './throttle-progress.ts';
import { toFailedResult } from './to-failure.ts';

/** The time that a stopped handler has to settle before it is abandoned. */
const settleMs = 1_000;

/** Runs a handler in this process. After an abort of its signal the output is ignored; only the end is waited for. */
export async function runInLoop(deps: ServiceDeps, task: AttemptTask): Promise<AttemptResult> {
  const progress = throttleProgress(task.onProgress);
  const work = run(deps, task, progress.report).catch(toFailedResult);
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
    const onAbort = () => {
      const timer = setTimeout(() => {
        log.warn({ jobId }, 'the handler ignored its abort signal for 1 s; it is abandoned');
        resolve(stopResult(signal));
      }, settleMs);
      void work.finally(() => clearTimeout(timer));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    void work.finally(() => signal.removeEventListener('abort', onAbort));
  });
}
