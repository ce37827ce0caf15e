import { cancelJob, deleteJob, insertJobs, openPostgres, purgeDeliveries, purgeEndpoints } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJob } from './life/new-job.ts';
import { stores } from './support/stores.ts';

let postgres: ReturnType<typeof openPostgres>;
beforeAll(async () => {
  postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'test' });
});
afterAll(() => postgres.close());

const counts = async () => {
  const [row] = await postgres.sql`SELECT (SELECT count(*)::int FROM deliveries) AS deliveries,
    (SELECT count(*)::int FROM delivery_payloads) AS payloads, (SELECT count(*)::int FROM endpoints) AS endpoints`;
  return row;
};

test('Deliveries and what is left of endpoints go after the retention, those of an erased job at once, pending ones never', async () => {
  const { sql } = postgres;
  await sql`INSERT INTO endpoints (id, tenant_id, url, events) VALUES ('ep_one', 'ten_test', 'http://x/', '{job.cancelled}')`;
  const jobs = [newJob(), newJob(), newJob()];
  await insertJobs(sql, jobs);
  const [first, second, third] = jobs.map(({ id: jobId, tenantId }) => ({ jobId, tenantId }));
  for (const key of [first, second, third]) if (key) await cancelJob(sql, key, { keyId: 'key_test', isAdmin: true });
  expect(await counts()).toEqual({ deliveries: 3, payloads: 3, endpoints: 1 });
  if (first) expect(await deleteJob(sql, first)).toBe(true);
  expect(await counts()).toEqual({ deliveries: 2, payloads: 2, endpoints: 1 });
  await sql`UPDATE deliveries SET state = 'delivered', due_at = NULL, finished_at = now() - interval '8 days'
    WHERE job_id = ${second?.jobId ?? ''}`;
  await sql`UPDATE endpoints SET deleted_at = now() - interval '8 days', disabled_at = now()`;
  expect(await purgeDeliveries(sql, 7, 100)).toBe(1);
  expect(await purgeEndpoints(sql, 7, 100)).toBe(0);
  expect(await counts()).toEqual({ deliveries: 1, payloads: 1, endpoints: 1 });
  await sql`DELETE FROM deliveries`;
  expect(await purgeEndpoints(sql, 7, 100)).toBe(1);
});
