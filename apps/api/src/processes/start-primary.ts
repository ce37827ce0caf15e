import { type ProcessLife, startOpsServer } from '@turno/runtime';
import type { Config } from '../config.ts';
import { prepareStores } from '../wiring/database.ts';
import { Children } from './children.ts';
import { opsOfAll } from './ops-of-all.ts';

/**
 * The process above the `API_PROCESSES` that serve: prepares the stores once for all, starts and replaces them, answers operations for
 * them, and is over when they are. It touches no request.
 */
export async function startPrimary(settings: Config, { closers, log }: ProcessLife): Promise<Record<string, string>> {
  await prepareStores(settings, log);
  const children = new Children({ count: settings.API_PROCESSES, log, onChange: tellPids });
  const ops = await startOpsServer({ host: settings.HOST, port: settings.OPS_PORT, routes: opsOfAll(children) });
  closers.add('ops', () => ops.close());
  closers.add('processes', () => children.stop());
  process.on('exit', () => children.kill()); // whatever ended this one
  return { ...(await children.start()), ops: ops.url };
}

/** Whoever started this process may have to see to its children too. */
function tellPids(pids: number[]): void {
  process.send?.({ type: 'processes', pids });
}
