import {
  type DeliveryOutcome,
  ensureOneOffs,
  openPostgres,
  purgeFailingAddresses,
  recordDeliveries,
  redeliver,
  takeDueDeliveries,
} from '@turno/postgres';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'addresses' });
const { sql } = postgres;
afterAll(() => postgres.close());

const breaker = { failuresMax: 5, pauseMs: 100_000, pauseMsMax: 3_000_000, disableAfterMs: 86_400_000 };
const [dead, healthy] = ['http://a.example/dead', 'http://a.example/healthy'];
let endpointId: string;
let made = 0;

/** Each test has an origin and deliveries of its own. */
beforeEach(async () => {
  made += 1;
  endpointId = `ep_${made}`;
  await ensureOneOffs(sql, `ten_${made}`, { missing: [{ id: endpointId, origin: 'http://a.example' }] });
});

const failed: Omit<DeliveryOutcome, 'deliveryId' | 'endpointId'> = {
  ticket: 1,
  to: 'pending',
  delayMs: 0,
  reason: null,
  durationMs: 1,
  status: 500,
  error: 'http-status',
  response: null,
  pauseMs: 0,
  disable: null,
  address: dead,
  reached: true,
};

const record = (count: number, outcome: Partial<DeliveryOutcome> = {}) =>
  recordDeliveries(
    sql,
    Array.from({ length: count }, (_, index) => ({ ...failed, deliveryId: `try ${index}`, endpointId, ...outcome })),
    breaker,
  );

/** Inserts deliveries that are due, the ones to the dead address first. */
async function insertDue(urls: readonly string[]): Promise<void> {
  await sql`INSERT INTO deliveries (id, tenant_id, endpoint_id, own_url, job_id, run, event, due_at)
    SELECT 'dlv_' || ${made}::int || '_' || n, 'ten', ${endpointId}, url, 'job_' || n, 1, 'job.completed',
      now() - interval '1 hour' + n * interval '1 second'
    FROM unnest(${[...urls]}::text[]) WITH ORDINALITY AS u (url, n)`;
}

/** Returns the URLs of the deliveries that are taken now. */
async function take(): Promise<string[]> {
  const options = { rowsMax: 200, perEndpointMax: 5, failuresMax: 5, epoch: 1, holdMs: 60_000 };
  const tickets = await takeDueDeliveries(sql, { ...options, endpointIds: [endpointId] });
  const rows = await sql<{ url: string }[]>`
    SELECT own_url AS url FROM deliveries WHERE id = ANY (${tickets.map(({ deliveryId }) => deliveryId)}::text[])`;
  return rows.map(({ url }) => url).sort();
}

const endPauses = async () => {
  await sql`UPDATE failing_addresses SET paused_until = now(), probed_until = NULL WHERE endpoint_id = ${endpointId}`;
  await sql`UPDATE deliveries SET due_at = now() WHERE endpoint_id = ${endpointId} AND NOT in_flight`;
};
const addressOf = async () =>
  (
    await sql<{ failures: number; pause: number | null }[]>`
      SELECT failures, round(extract(epoch FROM paused_until - now()) / 100)::int AS pause
      FROM failing_addresses WHERE endpoint_id = ${endpointId}`
  )[0];
const originFailures = async () =>
  (await sql<{ failures: number }[]>`SELECT failures FROM endpoints WHERE id = ${endpointId}`)[0]?.failures;

test('An address that answers with errors is paused, and no other address of its origin waits for it', async () => {
  await insertDue([...Array.from({ length: 20 }, () => dead), healthy]);
  await record(5);
  expect([await originFailures(), await addressOf()]).toEqual([0, { failures: 5, pause: 1 }]);
  expect(await take()).toEqual([healthy]);
  const [row] = await sql<{ later: number }[]>`
    SELECT count(*)::int AS later FROM deliveries WHERE endpoint_id = ${endpointId} AND own_url = ${dead} AND due_at > now()`;
  expect(row?.later).toBe(20);
});

test('After its pause one delivery tests a failing address; a failure doubles the pause, a success ends it', async () => {
  await insertDue(Array.from({ length: 20 }, () => dead));
  await record(5);
  await endPauses();
  expect([await take(), await take()]).toEqual([[dead], []]);
  await record(1);
  expect(await addressOf()).toEqual({ failures: 6, pause: 2 });
  await record(3); // these tries began before the pause
  expect(await addressOf()).toEqual({ failures: 6, pause: 2 });
  await endPauses();
  expect(await take()).toEqual([dead]);
  await record(1, { to: 'delivered', status: 200, error: null });
  expect(await addressOf()).toBeUndefined();
  await endPauses();
  expect((await take()).length).toBeGreaterThan(1);
});

test('A connection that fails counts against the origin, and an answer of any address ends that', async () => {
  await record(5, { reached: false, status: null, error: 'network-failure' });
  expect([await originFailures(), await addressOf()]).toEqual([5, undefined]);
  await sql`UPDATE endpoints SET paused_until = now() WHERE id = ${endpointId}`;
  await record(1);
  expect([await originFailures(), await addressOf()]).toEqual([0, { failures: 1, pause: null }]);
});

test('A Retry-After of one address pauses no other address of its origin', async () => {
  await insertDue([dead, healthy]);
  await record(1, { status: 429, pauseMs: 600_000 });
  expect(await addressOf()).toEqual({ failures: 1, pause: 6 });
  expect(await take()).toEqual([healthy]);
});

test('Addresses without a failure for a day are purged', async () => {
  await record(1);
  await sql`UPDATE failing_addresses SET failed_at = now() - interval '2 days' WHERE endpoint_id = ${endpointId}`;
  expect(await purgeFailingAddresses(sql, 1, 100)).toBe(1);
  expect(await addressOf()).toBeUndefined();
});

test('Redelivery of a delivery that was never tried ends the pause it waits for, and sends it now', async () => {
  await insertDue([dead, healthy]);
  const [first, second] = [`dlv_${made}_1`, `dlv_${made}_2`];
  const again = (deliveryId: string) => redeliver(sql, { tenantId: 'ten', deliveryId });
  await sql`UPDATE endpoints SET paused_until = now() + interval '1 hour' WHERE id = ${endpointId}`;
  expect([await take(), await again(second), await take()]).toEqual([[], true, [dead, healthy]]);
  // Both are under way now.
  expect([await again(first), await again(second)]).toEqual([false, false]);

  await record(breaker.failuresMax);
  await sql`UPDATE deliveries SET in_flight = false, due_at = now(), ticket = ticket + 1 WHERE id = ${first}`;
  expect([await take(), await again(first), await take()]).toEqual([[], true, [dead]]);
  const [row] = await sql`SELECT tries FROM deliveries WHERE id = ${first}`;
  expect(row).toEqual({ tries: 0 });
});
