import { type ProcessLife, startOpsServer } from '@turno/runtime';
import type { Config } from '../config.ts';
import { prepareStores } from '../wiring/database.ts';
import { Children } from './children.ts';
import { aggregateOps } from './aggregate-ops.ts';

/**
 * Starts the primary of the `API_PROCESSES` serving processes.
 * It prepares the stores once for all, starts and replaces the processes, and answers operations paths for them. It
 * serves no API request.
 */
export async function startPrimary(settings: Config, { closers, log }: ProcessLife): Promise<Record<string, string>> {
  await prepareStores(settings, log);
  const children = new Children({ count: settings.API_PROCESSES, log, onChange: reportPids });
  const ops = await startOpsServer({ host: settings.HOST, port: settings.OPS_PORT, routes: aggregateOps(children) });
  closers.add('ops', () => ops.close());
  closers.add('processes', () => children.stop());
  process.on('exit', () => children.kill()); // however this process ended
  return { ...(await children.start()), ops: ops.url };
}

/** Sends the pids of the children to the parent, which ends them when this process is killed. */
function reportPids(pids: number[]): void {
  process.send?.({ type: 'processes', pids });
}
