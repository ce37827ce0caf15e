import type { Handler, Kind } from './define-kind.ts';
import { loadModule } from './load-module.ts';

/** Loads the handler of a kind. Call it only where the handler runs: a run file may load native code. */
export async function loadHandler(runFile: string): Promise<Handler<Kind>> {
  const { run } = await loadModule(runFile);
  if (typeof run !== 'function')
    throw new Error(`${runFile}: has no exported function run; write export const run = …`);
  return run as Handler<Kind>;
}
