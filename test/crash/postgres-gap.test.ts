import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Fleet, gated, openFleet } from '../support/fleet.ts';
import { type Latch, makeLatch } from '../support/latch.ts';
import { ownPostgres } from '../support/mortal-store.ts';
import type { App } from '../support/start-app.ts';
import { stores } from '../support/stores.ts';

const postgres = await ownPostgres();

/** On a slow machine one may have been sent twice before it began. */
async function ticketsOf({ sql }: Fleet): Promise<number> {
  const [row] = await sql<{ tickets: number }[]>`SELECT sum(ticket)::int AS tickets FROM jobs`;
  return row?.tickets ?? NaN;
}

interface Scene {
  workers: App[];
  work: Latch;
  gap: Latch;
  tickets: number;
}

/** Two workers, jobs that run on each for twice the lease of 2 s once they may go on, and one to tell the time of a gap by. */
async function atWork(fleet: Fleet, settings: Record<string, string> = {}): Promise<Scene> {
  const [work, gap] = [makeLatch(), makeLatch()];
  const api = await fleet.startApi();
  const workers = [await fleet.startWorker(settings), await fleet.startWorker(settings)];
  for (let count = 0; count < 6; count += 1) await fleet.submit(api, 'test.wait', { until: work.until, ms: 4_000 });
  await fleet.submit(api, 'test.wait', { until: gap.until, ms: 3_000 });
  await eventually(async () => (await fleet.running()).length === 7);
  // A claim does not wait for the disk, and a crash may take it; with this commit all before it are there.
  await fleet.sql`CREATE TABLE on_disk ()`;
  return { workers, work, gap, tickets: await ticketsOf(fleet) };
}

/** Resolves when a job that goes on now has come to its end, which no Postgres has heard of yet: the gap is longer than any lease. */
async function gapPasses({ workers, gap }: Scene): Promise<void> {
  gap.lift();
  await eventually(() => workers.some((worker) => worker.log().some(({ msg }) => msg === 'waited')));
}

async function expectNothingRanTwice(fleet: Fleet, { tickets }: Scene): Promise<void> {
  expect(await fleet.verdict()).toEqual([]);
  const [all] = await fleet.sql`SELECT count(*)::int AS jobs, max(tries) AS tries,
    (SELECT count(*)::int FROM job_attempts) AS lost FROM jobs`;
  expect(all).toEqual({ jobs: 7, tries: 1, lost: 0 });
  expect(await ticketsOf(fleet)).toBe(tickets);
}

test('Postgres was gone for longer than a lease: no running job of a living worker is taken from it', async () => {
  const fleet = await openFleet({ databaseUrl: postgres.url });
  const scene = await atWork(fleet);
  await fleet.sql`CHECKPOINT`; // a claim does not wait for the disk, and one that a crash takes is made again
  await postgres.end('SIGKILL');
  await gapPasses(scene);
  await postgres.start();
  scene.work.lift();
  await expectNothingRanTwice(fleet, scene);
});

test('Postgres was silent for longer than a lease, and what was asked of it meanwhile arrives late: the same', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  onTestFinished(() => gate.open());
  const fleet = await openFleet();
  const scene = await atWork(fleet, { DATABASE_URL: url });
  gate.hang();
  await gapPasses(scene);
  gate.open();
  scene.work.lift();
  await expectNothingRanTwice(fleet, scene);
});
