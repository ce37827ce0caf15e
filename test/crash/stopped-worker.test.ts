import { expect, test } from 'vitest';
import { gated, handlersBegin, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { stores } from '../support/stores/stores.ts';

test.each(['there', 'away', 'hanging'] as const)(
  'A worker told to stop with Redis %s hands its work back, uncounted, and exits 0',
  async (redis) => {
    const { gate, url } = await gated((await stores()).redisUrl);
    const fleet = await openFleet();
    const api = await fleet.startApi();
    const worker = await fleet.startWorker({ REDIS_URL: url, SHUTDOWN_GRACE_SECONDS: '5' });
    const [soon, later] = [makeLatch(), makeLatch()];
    const short = await fleet.submit(api, 'test.wait', { until: soon.until });
    const long = await fleet.submit(api, 'test.wait', { until: later.until });
    await handlersBegin([worker], 2);
    if (redis === 'away') gate.shut();
    if (redis === 'hanging') gate.hang();
    worker.kill('SIGTERM');
    soon.lift();
    expect(await Promise.race([worker.exited, late(90_000)]), worker.output()).toBe(0);
    expect(await fleet.row(short.jobId)).toMatchObject({ state: 'completed', tries: 1 });
    expect(await fleet.row(long.jobId)).toMatchObject({ state: 'queued', tries: 0, handBacks: 1 });
    later.lift();
    const next = await fleet.startWorker();
    expect(await fleet.verdict(api)).toEqual([]);
    expect(await fleet.row(long.jobId)).toMatchObject({ state: 'completed', tries: 1, handBacks: 1 });
    await Promise.all([next.stop(), api.stop()]);
  },
);

function late(ms: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`still running after ${ms} ms`), ms).unref();
  });
}
