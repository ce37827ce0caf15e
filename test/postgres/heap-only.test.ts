import { randomUUID } from 'node:crypto';
import { claimJobs, insertJobs, openPostgres } from '@turno/postgres';
import { expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

test('A claim touches no index, not even those that the list is read by: it is a heap-only update', async () => {
  const { databaseUrl } = await stores();
  const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'heap-only' });
  const jobs = Array.from({ length: 5 }, () => newJob({ tags: ['a'] }));
  await insertJobs(postgres.sql, jobs);
  const counted = await postgres.sql.begin(async (transaction) => {
    const sql = transaction as unknown as typeof postgres.sql;
    const claims = jobs.map(({ id }) => ({ jobId: id, ticket: 1, claim: randomUUID(), worker: 'w' }));
    expect((await claimJobs(sql, claims)).filter((claimed) => claimed !== undefined)).toHaveLength(5);
    return sql`SELECT n_tup_upd::int AS updated, n_tup_hot_upd::int AS heap_only FROM pg_stat_xact_user_tables
      WHERE relname = 'jobs'`;
  });
  expect(counted).toEqual([{ updated: 5, heap_only: 5 }]);
  await postgres.close();
});
