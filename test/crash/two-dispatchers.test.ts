import { insertJobs, openPostgres } from '@turno/postgres';
import { expect, test } from 'vitest';
import { newJob } from '../support/new-job.mjs';
import { openFleet } from '../support/apps/fleet.ts';
import { stores } from '../support/stores/stores.ts';

test('Rows that commit out of order while many dispatch at once: none is skipped and none runs twice', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi({ DISPATCH_WINDOW: '4' });
  await Promise.all([fleet.startWorker({ DISPATCH_WINDOW: '4' }), fleet.startWorker({ DISPATCH_WINDOW: '4' })]);
  const postgres = openPostgres({ ...(await only()), poolMax: 2, prepare: true, name: 'late' });
  const late = [true, false].flatMap((backlog) => [1, 2, 3].map(() => newJob({ kind: 'test.noop', backlog })));
  // These ids are older than all that follow, and become visible after them.
  await postgres.sql.begin(async (transaction) => {
    await insertJobs(transaction as unknown as typeof postgres.sql, late);
    await Promise.all(Array.from({ length: 100 }, () => fleet.submit(api, 'test.noop')));
    await fleet.drained();
  });
  await postgres.close();
  fleet.history.accepted.push(...late.map(({ id }) => ({ jobId: id })));
  expect(await fleet.verdict()).toEqual([]);
  for (const { jobId } of fleet.history.accepted) expect((await fleet.row(jobId)).tries).toBe(1);
});

async function only() {
  return { url: (await stores()).databaseUrl };
}
