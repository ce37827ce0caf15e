import { type Fleet, handlersBegin, openFleet } from '../../support/apps/fleet.ts';
import { makeLatch } from '../../support/latch.ts';
import type { App } from '../../support/apps/start-app.ts';

export interface FrozenWorkerScene {
  fleet: Fleet;
  api: App;
  jobId: string;
  /** Under which the one that is frozen holds it. */
  ticket: number;
  frozen: App;
}

/**
 * A worker is frozen in the middle of a job for longer than its lease, another one takes the job and ends it, and then
 * the first one thaws, its handler at its end.
 */
export async function freezeWorker(main?: string): Promise<FrozenWorkerScene> {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const frozen = await fleet.startWorker({}, main);
  const { until, lift } = makeLatch();
  const { jobId } = await fleet.submit(api, 'test.wait', { until, deaf: true });
  await handlersBegin([frozen], 1);
  const { ticket } = await fleet.row(jobId);
  frozen.kill('SIGSTOP');
  lift();
  await fleet.startWorker();
  await fleet.drained();
  frozen.kill('SIGCONT');
  return { fleet, api, jobId, ticket, frozen };
}

/** The lease was taken, as a rescuer does first, and the worker thaws before anybody took its job. */
export async function loseLeaseAlone(): Promise<Pick<FrozenWorkerScene, 'fleet' | 'api'>> {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const worker = await fleet.startWorker();
  const { until, lift } = makeLatch();
  await fleet.submit(api, 'test.wait', { until });
  await handlersBegin([worker], 1);
  await fleet.sql`DELETE FROM workers WHERE id LIKE ${`%:${worker.pid}:%`}`;
  lift();
  return { fleet, api };
}
