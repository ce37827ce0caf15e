import {
  cancelJob,
  claimDeliveries,
  deleteJob,
  ensureOneOffs,
  exhaustUnwanted,
  forgetOldSecrets,
  insertJobs,
  openPostgres,
  purgeDeliveries,
  purgeEndpoints,
  putWebhookSecret,
  recordDeliveries,
  redeliverExhausted,
  rotateWebhookSecret,
  takeDueDeliveries,
} from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

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

test('Finished deliveries and deleted endpoints are purged after the retention, pending ones never', async () => {
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

test('An unused one-off endpoint is purged after the retention, a replaced secret when it expires', async () => {
  const { sql } = postgres;
  const ensure = async (id: string) =>
    (await ensureOneOffs(sql, 'ten_test', { missing: [{ id, origin: 'http://origin' }] }))[0]?.id;
  expect(await ensure('ep_origin')).toBe('ep_origin');
  expect(await purgeEndpoints(sql, 7, 100)).toBe(0);
  const aged = () => sql`UPDATE endpoints SET last_named_at = now() - interval '8 days'`;
  await aged();
  expect(await ensure('ep_other')).toBe('ep_origin');
  expect(await purgeEndpoints(sql, 7, 100)).toBe(0);
  await aged();
  expect(await purgeEndpoints(sql, 7, 100)).toBe(1);
  const seal = (text: string) => ({ sealed: Buffer.from(text), keyId: 'k' });
  await putWebhookSecret(sql, 'ep_one', seal('first'));
  await rotateWebhookSecret(sql, 'ep_one', { ...seal('second'), oldMs: 86_400_000 });
  const old = async () => (await sql`SELECT old_sealed FROM webhook_secrets`)[0]?.['old_sealed'] as Buffer | null;
  await forgetOldSecrets(sql);
  expect((await old())?.toString()).toBe('first');
  await sql`UPDATE webhook_secrets SET old_until = now() - interval '1 second'`;
  await forgetOldSecrets(sql);
  expect(await old()).toBeNull();
});

test('Exhausted deliveries of one endpoint since a time are redelivered with all their tries', async () => {
  const { sql } = postgres;
  await sql`INSERT INTO deliveries (id, tenant_id, endpoint_id, job_id, run, event, state, tries, created_at, finished_at)
    SELECT 'dlv_' || n, 'ten_a', CASE WHEN n = 6 THEN 'ep_b' ELSE 'ep_a' END, 'job_' || n, 1, 'job.failed',
      CASE WHEN n = 5 THEN 'delivered' ELSE 'exhausted' END, 10, '2026-05-01T00:00:00Z'::timestamptz + n * interval '1 hour', now()
    FROM generate_series(1, 6) n`;
  const since = '2026-05-01T04:00:00+02:00';
  const again = (tenantId: string, after = '') =>
    redeliverExhausted(sql, { tenantId, endpointId: 'ep_a' }, { since, after, rowsMax: 2 });
  expect(await again('ten_b')).toEqual([]);
  expect(await again('ten_a')).toEqual(['dlv_2', 'dlv_3']);
  await sql`UPDATE deliveries SET state = 'exhausted' WHERE id = 'dlv_3'`; // the redelivery failed too
  expect(await again('ten_a', 'dlv_3')).toEqual(['dlv_4']);
  await sql`UPDATE deliveries SET state = 'pending' WHERE id = 'dlv_3'`;
  const rows =
    await sql`SELECT id FROM deliveries WHERE state = 'pending' AND tries = 0 AND due_at <= now() ORDER BY id`;
  expect(rows.map(({ id }) => String(id))).toEqual(['dlv_2', 'dlv_3', 'dlv_4']);
});

test('A try under way ends as answered when its endpoint is disabled; all others are exhausted', async () => {
  const { sql } = postgres;
  await sql`INSERT INTO endpoints (id, tenant_id, url, events) VALUES ('ep_off', 'ten_off', 'http://x/', '{job.cancelled}')`;
  const jobs = [newJob(), newJob()].map((job) => ({ ...job, tenantId: 'ten_off' }));
  await insertJobs(sql, jobs);
  for (const { id: jobId } of jobs)
    await cancelJob(sql, { jobId, tenantId: 'ten_off' }, { keyId: 'key_test', isAdmin: true });
  const options = { rowsMax: 1, perEndpointMax: 1, failuresMax: 5, epoch: 1, holdMs: 60_000, endpointIds: ['ep_off'] };
  const [claimed] = await claimDeliveries(sql, await takeDueDeliveries(sql, options), 60_000);
  if (claimed === undefined) throw new Error('one of two should be taken');
  await sql`UPDATE endpoints SET disabled_at = now(), disabled_reason = 'asked' WHERE id = 'ep_off'`;
  expect(await exhaustUnwanted(sql, 100)).toBe(1);
  const { deliveryId, ticket, endpointId } = claimed;
  const answered = { durationMs: 1, status: 200, response: 'ok', to: 'delivered' as const };
  const nothing = { delayMs: 0, reason: null, error: null, pauseMs: 0, disable: null, address: null, reached: true };
  const breaker = { failuresMax: 5, pauseMs: 1, pauseMsMax: 1, disableAfterMs: 1 };
  await recordDeliveries(sql, [{ deliveryId, ticket, endpointId, ...answered, ...nothing }], breaker);
  const rows = await sql`SELECT state, reason FROM deliveries WHERE endpoint_id = 'ep_off' ORDER BY state`;
  expect(rows).toEqual([
    { state: 'delivered', reason: null },
    { state: 'exhausted', reason: 'asked' },
  ]);
});
