import type { AttemptResult, ExecuteAttempt } from '@turno/jobs';
import type { Sandbox } from '../sandbox/cell.ts';
import { createBasicSandbox } from '../sandbox/basic-sandbox.ts';
import { checkOutput } from './check-output.ts';
import { createCpuPool } from './cpu-pool.ts';
import { nothingPinned, type PinnedKinds } from './pinned-kinds.ts';
import { runInLoop } from './run-in-loop.ts';
import { storeLargeOutput, type LargeOutputOptions } from './store-large-output.ts';
import { busyCode, createServices, type ServiceDeps } from './handler-context.ts';

export interface ExecutorOptions extends ServiceDeps, Omit<LargeOutputOptions, 'files'> {
  /** The number of CPU attempts at once; 0 when this worker does not serve that queue. */
  cpuConcurrency: number;
  /** The size limit of an output as JSON. */
  outputBytesMax: number;
  /** Left out: handlers run from their own files. */
  pinned?: PinnedKinds;
  /** Left out: handlers of a root worker have a user of their own, and no more. */
  sandbox?: Sandbox;
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
  pinned = nothingPinned,
  sandbox = createBasicSandbox(),
  ...deps
}: ExecutorOptions): Executor {
  const pool = createCpuPool({ concurrency: cpuConcurrency, outputBytesMax, sandbox, pinned, log: deps.log });
  return {
    async execute(task) {
      const { kind } = task.entry;
      const run = kind.queue === 'cpu' ? pool.run(task, createServices(deps, task)) : runInLoop(deps, task);
      const ran = await run;
      if ('handBack' in ran) return ran;
      if (!ran.ok && ran.code === busyCode) return { handBack: ran.message, delayMs: ran.retryAfterMs ?? 0 };
      const result = checkOutput(kind, withOriginalPaths(ran, pinned), outputBytesMax);
      return storeLargeOutput({ files: deps.files, outputInlineBytesMax }, task, result);
    },
    close: () => pool.close(),
  };
}

/** Failures name the files that the operator knows. */
function withOriginalPaths(result: AttemptResult, { toOriginalPaths }: PinnedKinds): AttemptResult {
  if (result.ok) return result;
  const { message, stack } = result;
  return {
    ...result,
    message: toOriginalPaths(message),
    ...(stack !== undefined && { stack: toOriginalPaths(stack) }),
  };
}
