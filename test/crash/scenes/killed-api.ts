import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Fleet, gated, openFleet } from '../../support/apps/fleet.ts';
import { stores } from '../../support/stores/stores.ts';

/**
 * An API that believes that there is room in BullMQ, sends tickets that never arrive, and is killed. What it answered
 * and committed stands in the history, and no worker is there yet.
 */
export async function killApiBeforeDispatch(): Promise<{ fleet: Fleet }> {
  const { gate, url } = await gated((await stores()).redisUrl);
  const fleet = await openFleet();
  const api = await fleet.startApi({ REDIS_URL: url });
  const worker = await fleet.startWorker();
  await eventually(async () => {
    const { jobId } = await fleet.submit(api, 'test.noop');
    return !(await fleet.row(jobId)).backlog;
  });
  await fleet.drained();
  worker.kill('SIGKILL');
  await worker.exited;
  gate.hang();
  for (let count = 0; count < 10; count += 1) expect((await fleet.submit(api, 'test.noop')).status).toBe(202);
  const sent = await Promise.all(fleet.history.accepted.map(({ jobId }) => fleet.row(jobId)));
  expect(sent.filter((job) => job.state === 'queued' && !job.backlog)).not.toEqual([]);
  api.kill('SIGKILL');
  await api.exited;
  gate.shut();
  return { fleet };
}
