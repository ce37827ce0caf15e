import { insertJobs, openPostgres } from '@turno/postgres';
import { createProducer, toPack } from '@turno/queue';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { handlersBegin, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const slots = { IO_CONCURRENCY: '4' };

test('After a kill -9 of a worker that has a pack of 32 on 4 slots, only jobs whose handler began end as worker-lost', async () => {
  const { databaseUrl: url, redisUrl, redisPrefix: prefix } = await stores();
  const fleet = await openFleet();
  const producer = createProducer({ redisUrl, prefix }, pino({ enabled: false }));
  onTestFinished(() => producer.close());
  const { until, lift } = makeLatch();
  const input = JSON.stringify({ ms: 0, until });
  const jobs = Array.from({ length: 32 }, () => newJob({ kind: 'test.wait', input, maxAttempts: 1 }));
  const { sql, close } = openPostgres({ url, poolMax: 1, prepare: true, name: 'pack' });
  onTestFinished(close);
  await insertJobs(sql, jobs);
  const worker = await fleet.startWorker(slots);
  await producer.send([toPack(jobs.map(({ id, kind }) => ({ jobId: id, ticket: 1, kind, queue: 'io', priority: 0 })))]);
  await handlersBegin([worker], 4);
  worker.kill('SIGKILL');
  await worker.exited;
  const begun = (await fleet.running()).map(({ id }) => id);
  expect(begun).toHaveLength(4);
  lift();
  await fleet.startWorker(slots);
  await eventually(async () => {
    const left = await fleet.sql`SELECT FROM jobs WHERE finished_at IS NULL`;
    expect(left).toHaveLength(0);
  });
  const ended = await Promise.all(jobs.map(({ id }) => fleet.row(id)));
  expect(
    ended
      .filter(({ code }) => code === 'worker-lost')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(begun.toSorted());
  expect(ended.filter(({ state }) => state === 'completed')).toHaveLength(28);
});
