import type { CatalogueEntry } from '@turno/kinds';
import { withTimeout } from '@turno/runtime';
import type { Sandbox } from '../sandbox/cell.ts';
import { type CpuChildOptions, startCpuChild } from './cpu-child.ts';

/**
 * The time for all handlers together. What has not loaded by then is left to its first job: on a busy machine this
 * proves nothing against a handler.
 */
const loadTimeoutMs = 45_000;

const lateWarning =
  'not all handlers could be loaded within 45 s; a fault in one of the others is found by its first job';

export interface CheckOptions extends Omit<CpuChildOptions, 'memoryMb' | 'cell'> {
  sandbox: Sandbox;
}

/**
 * Loads the handlers of these kinds in a process that is then ended.
 * Returns one line for each that cannot be loaded. The process may read the code of all of them.
 */
export async function findUnloadableInChild(
  entries: readonly CatalogueEntry[],
  { sandbox, ...options }: CheckOptions,
): Promise<string[]> {
  const memoryMb = Math.max(...entries.map(({ limits }) => limits.memoryMb));
  const groups = entries.map(({ kind }) => kind.name);
  const start = () => startCpuChild({ ...options, memoryMb, cell: sandbox.enter(groups) });
  const faults: string[] = [];
  let child = start();
  let isLate = false;
  const check = async () => {
    for (const { runFile } of entries) {
      const reason = await child.load(runFile);
      if (isLate) return;
      if (reason !== null) faults.push(reason.includes(runFile) ? reason : `${runFile}: ${reason}`);
      if (!child.alive()) child = start();
    }
  };
  await withTimeout(loadTimeoutMs, check(), () => options.log.warn(lateWarning));
  isLate = true;
  await child.kill();
  return faults;
}
