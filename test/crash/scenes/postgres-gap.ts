import { expect } from 'vitest';
import { eventually } from '../../support/eventually.ts';
import { type Fleet, handlersBegin } from '../../support/apps/fleet.ts';
import { type Latch, makeLatch } from '../../support/latch.ts';
import type { App } from '../../support/apps/start-app.ts';

/** Returns the sum of all tickets. On a slow machine a job may be sent twice before it begins. */
async function ticketsOf({ sql }: Fleet): Promise<number> {
  const [row] = await sql<{ tickets: number }[]>`SELECT sum(ticket)::int AS tickets FROM jobs`;
  return row?.tickets ?? NaN;
}

export interface Scene {
  workers: App[];
  work: Latch;
  gap: Latch;
  tickets: number;
}

/** Starts two workers, six jobs that run for twice the lease of 5 s after `work`, and one that measures the gap. */
export async function atWork(fleet: Fleet, settings: Record<string, string> = {}): Promise<Scene> {
  const [work, gap] = [makeLatch(), makeLatch()];
  const api = await fleet.startApi();
  const workers = [await fleet.startWorker(settings), await fleet.startWorker(settings)];
  for (let count = 0; count < 6; count += 1) await fleet.submit(api, 'test.wait', { until: work.until, ms: 10_000 });
  await fleet.submit(api, 'test.wait', { until: gap.until, ms: 7_000 });
  await handlersBegin(workers, 7);
  // A claim does not wait for the disk, and a crash may take it; with this commit all before it are there.
  await fleet.sql`CREATE TABLE on_disk ()`;
  return { workers, work, gap, tickets: await ticketsOf(fleet) };
}

/** Resolves when the measuring job has ended, which Postgres does not know yet: the gap is longer than any lease. */
export async function gapPasses({ workers, gap }: Scene): Promise<void> {
  gap.lift();
  await eventually(() => workers.some((worker) => worker.log().some(({ msg }) => msg === 'waited')));
}

export async function expectNothingRanTwice(fleet: Fleet, { tickets }: Scene): Promise<void> {
  expect(await fleet.verdict()).toEqual([]);
  const [all] = await fleet.sql`SELECT count(*)::int AS jobs, max(tries) AS tries,
    (SELECT count(*)::int FROM job_attempts) AS lost FROM jobs`;
  expect(all).toEqual({ jobs: 7, tries: 1, lost: 0 });
  expect(await ticketsOf(fleet)).toBe(tickets);
}
