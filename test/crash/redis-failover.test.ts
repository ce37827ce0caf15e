import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { ownRedis } from '../support/stores/mortal-store.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { startReplica } from '../support/stores/redis-replica.ts';
import { stores } from '../support/stores/stores.ts';
import { openTcpGate } from '../support/http/tcp-gate.ts';

const master = await ownRedis();

test('A replica that lacks the last moments takes the place of Redis: the epoch is the same, and every job that is missing there runs', async () => {
  const { redisPrefix } = await stores();
  let port = Number(new URL(master.url).port);
  const gate = await openTcpGate(() => port);
  const replica = await startReplica({ url: master.url, port }, path.join(master.dir, 'replica'));
  onTestFinished(async () => {
    gate.close();
    await replica.store.stop();
  });
  const redisUrl = Object.assign(new URL(master.url), { port: String(gate.port) }).href;
  const fleet = await openFleet({ redisUrl });
  const api = await fleet.startApi();
  await fleet.startWorker({ IO_CONCURRENCY: '1' });
  await eventually(async () => !(await fleet.row((await fleet.submit(api, 'test.noop')).jobId)).backlog);
  const epochIn = async (url: string) =>
    /\$\d+\r\n(\d+)/.exec(await redisCommand(url, 'GET', `${redisPrefix}:epoch`))?.[1];
  const epoch = await eventually(async () => (await epochIn(replica.store.url)) ?? false);
  const { until, lift } = makeLatch();
  await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.running()).length === 1);
  replica.cutOff();
  for (let count = 0; count < 10; count += 1) await fleet.submit(api, 'test.noop');
  const waiting = () => fleet.sql`SELECT dispatch_epoch FROM jobs WHERE state = 'queued'`;
  await eventually(async () => (await waiting()).every((job) => job['dispatch_epoch'] !== null));
  expect(await waiting()).toHaveLength(10);
  await master.end('SIGKILL');
  await replica.promote();
  port = replica.store.port;
  gate.shut();
  gate.open();
  // The only slot is still taken, so that nothing ends before it is on record that it was sent again.
  await eventually(async () => {
    const again =
      await fleet.sql`SELECT id FROM jobs WHERE ticket > 1 AND kind = 'test.noop' AND dispatch_epoch IS NOT NULL`;
    expect(again.length).toBeGreaterThan(8);
  });
  lift();
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await epochIn(redisUrl)).toBe(epoch);
});
