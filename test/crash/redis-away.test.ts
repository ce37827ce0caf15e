import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gated, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { ownRedis } from '../support/stores/mortal-store.ts';
import { redisCommand } from '../support/stores/redis-command.ts';

const redis = await ownRedis();

test('Redis killed and back empty, twice: submits go on, jobs in every state come to their end, no process restarts', async () => {
  const fleet = await openFleet({ redisUrl: redis.url });
  const api = await fleet.startApi({ DISPATCH_WINDOW: '5' });
  const worker = await fleet.startWorker({ IO_CONCURRENCY: '3', DISPATCH_WINDOW: '5' });
  await fleet.submit(api, 'test.noop', {}, { delaySeconds: 3 });
  await fleet.submit(api, 'test.flaky', { failures: 2 }, { backoff: [2] });
  const { until, lift } = makeLatch();
  for (let count = 0; count < 20; count += 1) await fleet.submit(api, 'test.wait', { until, ms: 400 });
  await eventually(async () => (await fleet.running(worker)).length === 3);
  lift();
  for (let outage = 0; outage < 2; outage += 1) {
    await redis.end('SIGKILL');
    for (let count = 0; count < 10; count += 1) expect((await fleet.submit(api, 'test.noop')).status).toBe(202);
    await redis.start();
    const { jobId } = await fleet.submit(api, 'test.noop');
    await eventually(async () => (await fleet.row(jobId)).state === 'completed');
  }
  expect(await fleet.verdict(api)).toEqual([]);
  const states = await Promise.all(fleet.history.accepted.map(({ jobId }) => fleet.row(jobId)));
  expect(states.filter((job) => job.state !== 'completed')).toEqual([]);
  // Both are still the processes that were there before, and idle ones wake up as busy ones did.
  await redis.end('SIGKILL');
  await redis.start();
  await fleet.submit(api, 'test.noop');
  expect(await fleet.verdict(api)).toEqual([]);
});

test('FLUSHALL again and again under load loses nothing and ends nothing twice', async () => {
  const fleet = await openFleet({ redisUrl: redis.url });
  const api = await fleet.startApi({ DISPATCH_WINDOW: '5' });
  await Promise.all([fleet.startWorker({ DISPATCH_WINDOW: '5' }), fleet.startWorker({ IO_CONCURRENCY: '5' })]);
  for (let round = 0; round < 10; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => fleet.submit(api, 'test.noop')));
    await Promise.all(Array.from({ length: 5 }, () => fleet.submit(api, 'test.wait', { ms: 200 })));
    expect(await redisCommand(redis.url, 'FLUSHALL')).toContain('+OK');
  }
  expect(await fleet.verdict(api)).toEqual([]);
  expect(fleet.history.accepted).toHaveLength(250);
});

test('Redis that hangs with its sockets open: submits are accepted all the time, and what they promised is done after', async () => {
  const { gate, url } = await gated(redis.url);
  const fleet = await openFleet({ redisUrl: url });
  const api = await fleet.startApi();
  await fleet.startWorker();
  await fleet.submit(api, 'test.noop');
  gate.hang();
  for (let count = 0; count < 20; count += 1) expect((await fleet.submit(api, 'test.noop')).status).toBe(202);
  gate.open();
  expect(await fleet.verdict(api)).toEqual([]);
});

test('Redis that is full and takes nothing: submits are accepted all the time, and what they promised is done when there is room', async () => {
  const fleet = await openFleet({ redisUrl: redis.url });
  const api = await fleet.startApi({ DISPATCH_WINDOW: '5' });
  await fleet.startWorker();
  const { until, lift } = makeLatch();
  await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.running()).length === 1);
  await redisCommand(redis.url, 'CONFIG', 'SET', 'maxmemory', '1');
  lift();
  for (let count = 0; count < 20; count += 1) expect((await fleet.submit(api, 'test.noop')).status).toBe(202);
  expect(await redisCommand(redis.url, 'SET', 'any', 'thing')).toContain('OOM');
  await redisCommand(redis.url, 'CONFIG', 'SET', 'maxmemory', '0');
  expect(await fleet.verdict(api)).toEqual([]);
});
