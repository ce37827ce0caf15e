import type { ExecuteAttempt } from '@turno/jobs';
import { checkOutput } from './check-output.ts';
import { createCpuPool } from './cpu-pool.ts';
import { runInLoop } from './run-in-loop.ts';
import { storeLargeOutput, type LargeOutputOptions } from './store-large-output.ts';
import { busyCode, createServices, type ServiceDeps } from './handler-context.ts';

export interface ExecutorOptions extends ServiceDeps, Omit<LargeOutputOptions, 'files'> {
  /** The number of CPU attempts at once; 0 when this worker does not serve that queue. */
  cpuConcurrency: number;
  /** The size limit of an output as JSON. */
  outputBytesMax: number;
}

export interface Executor {
  execute: ExecuteAttempt;
  close(): Promise<void>;
}

/**
 * Creates the executor of attempts.
 * `cpu` kinds run in child processes that can be killed, `io` kinds in this process.
 */
export function createExecutor({
  cpuConcurrency,
  outputBytesMax,
  outputInlineBytesMax,
  ...deps
}: ExecutorOptions): Executor {
  const pool = createCpuPool({ concurrency: cpuConcurrency, outputBytesMax, log: deps.log });
  return {
    async execute(task) {
      const { kind } = task.entry;
      const run = kind.queue === 'cpu' ? pool.run(task, createServices(deps, task)) : runInLoop(deps, task);
      const ran = await run;
      if (!ran.ok && ran.code === busyCode) return { handBack: ran.message, delayMs: ran.retryAfterMs ?? 0 };
      const result = checkOutput(kind, ran, outputBytesMax);
      return storeLargeOutput({ files: deps.files, outputInlineBytesMax }, task, result);
    },
    close: () => pool.close(),
  };
}
