import { expect, onTestFinished, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, openFleet } from '../support/apps/fleet.ts';
import { judgeConnection } from '../chaos/judge/judge.ts';
import { makeLatch } from '../support/latch.ts';
import { ownPostgres } from '../support/stores/mortal-store.ts';
import type { App } from '../support/apps/start-app.ts';
import postgres from 'postgres';

const store = await ownPostgres();

/** Three outputs of a thousand bytes reach it, each with the thousand bytes that an end counts. */
const bound = { ...withConstants({ execution: { unsavedOutputBytesMax: 5_500 } }), IO_CONCURRENCY: '20' };
const value = 'x'.repeat(1_000);

const isFull = (worker: App) => eventually(() => worker.log().some(({ msg }) => /no work is claimed/.test(msg ?? '')));

async function expectAllWritten(fleet: Fleet, jobs: number): Promise<void> {
  expect(await fleet.verdict()).toEqual([]);
  const [all] = await fleet.sql`SELECT count(*)::int AS jobs, max(tries) AS tries,
    (SELECT count(*)::int FROM job_outputs) AS outputs FROM jobs WHERE state = 'completed'`;
  expect(all).toEqual({ jobs, tries: 1, outputs: jobs });
}

test('Outputs that cannot be written are kept up to a bound, then no job is begun until they are', async () => {
  const fleet = await openFleet({ databaseUrl: store.url });
  const api = await fleet.startApi();
  const worker = await fleet.startWorker(bound);
  const blocker = postgres(store.url, judgeConnection);
  onTestFinished(() => blocker.end());
  await blocker.begin(async (locking) => {
    await locking`LOCK TABLE job_outputs`;
    for (let count = 1; count <= 3; count += 1) {
      await fleet.submit(api, 'test.noop', { value });
      await eventually(async () => (await fleet.running()).length === count);
    }
    const more = [];
    for (let count = 0; count < 5; count += 1) more.push(await fleet.submit(api, 'test.noop', { value }));
    await isFull(worker);
    expect(await fleet.running()).toHaveLength(3);
    for (const { jobId } of more) expect(await fleet.row(jobId)).toMatchObject({ state: 'queued', tries: 0 });
  });
  await expectAllWritten(fleet, 8);
});

test('Postgres is gone while more outputs than the bound come: all are written when it is back, and none twice', async () => {
  const fleet = await openFleet({ databaseUrl: store.url });
  await fleet.sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
  const api = await fleet.startApi();
  const worker = await fleet.startWorker(bound);
  const { until, lift } = makeLatch();
  for (let count = 0; count < 10; count += 1) await fleet.submit(api, 'test.large', { until, bytes: 1_000 });
  await eventually(async () => (await fleet.running()).length === 10);
  await fleet.sql`CREATE TABLE on_disk ()`; // with this commit the claims are, which do not wait for it themselves
  await store.end('SIGKILL');
  lift();
  await eventually(() => worker.log().filter(({ msg }) => msg === 'made').length === 10);
  await store.start();
  await expectAllWritten(fleet, 10);
  await fleet.submit(api, 'test.noop', { value });
  await expectAllWritten(fleet, 11);
});
