import { answers } from '@turno/postgres';
import { healthChecks, type ProcessLife, startOpsServer, watchReadiness } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { Stores } from './stores.ts';

export interface Ops {
  url: string;
  /** Reports from now on that this process takes no more work. */
  drain(): void;
}

/**
 * Starts the listener for health and metrics.
 * It starts before the work, so that it answers until the work has ended.
 */
export async function startOps(
  settings: Config,
  { closers, log }: ProcessLife,
  { postgres, producer }: Stores,
): Promise<Ops> {
  const readiness = watchReadiness(log, [
    { name: 'postgres', check: () => answers(postgres), neededWithinMs: 5_000 },
    { name: 'redis', check: () => producer.epoch().then(() => true) },
  ]);
  closers.add('readiness', () => readiness.close());
  const { HOST: host, WORKER_OPS_PORT: port } = settings;
  const ops = await startOpsServer({ host, port, routes: healthChecks(readiness) });
  closers.add('ops', () => ops.close());
  return { url: ops.url, drain: () => readiness.drain() };
}
