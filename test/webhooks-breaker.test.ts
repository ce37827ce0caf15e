import { failuresMax } from '@turno/webhooks';
import { type BreakerOptions, type DeliveryOutcome, openPostgres, recordDeliveries } from '@turno/postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stores } from './support/stores.ts';

let postgres: ReturnType<typeof openPostgres>;
beforeAll(async () => {
  postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'test' });
  await postgres.sql`INSERT INTO endpoints (id, tenant_id, url, events)
    VALUES ('ep_dead', 'ten_test', 'http://dead/', '{}'), ('ep_live', 'ten_test', 'http://live/', '{}')`;
});
afterAll(() => postgres.close());

const hour = 3_600_000;
const breaker: BreakerOptions = { failuresMax, pauseMs: 10_000, pauseMsMax: 300_000, disableAfterMs: 120 * hour };

const nothing = { reason: null, status: null, error: null, response: null, disable: null, delayMs: 0, pauseMs: 0 };
const outcome = (endpointId: string, to: 'delivered' | 'pending', more: Partial<DeliveryOutcome> = {}) => ({
  ...nothing,
  deliveryId: 'dlv_none',
  ticket: 1,
  durationMs: 1,
  endpointId,
  to,
  ...more,
});

/** Seconds that the endpoint is left alone from now on. */
async function pauseOf(id: string): Promise<number | null> {
  const [row] = await postgres.sql<{ seconds: number | null }[]>`
    SELECT round(extract(epoch FROM paused_until - now()))::int AS seconds FROM endpoints WHERE id = ${id}`;
  return row?.seconds ?? null;
}

test('From the fifth failure in a row on an endpoint is left alone, twice as long each time up to five minutes; no other one is', async () => {
  const pauses: (number | null)[] = [];
  for (let failure = 1; failure <= 11; failure += 1) {
    await recordDeliveries(postgres.sql, [outcome('ep_dead', 'pending'), outcome('ep_live', 'delivered')], breaker);
    pauses.push(await pauseOf('ep_dead'));
    expect(await pauseOf('ep_live')).toBeNull();
  }
  expect(pauses).toEqual([null, null, null, null, 10, 20, 40, 80, 160, 300, 300]);
  await recordDeliveries(postgres.sql, [outcome('ep_dead', 'delivered')], breaker);
  expect(await pauseOf('ep_dead')).toBeNull();
  await recordDeliveries(postgres.sql, [outcome('ep_dead', 'pending')], breaker);
  expect(await pauseOf('ep_dead')).toBeNull();
});

test('What a receiver asks for counts when it is longer; five days are not over a minute before', async () => {
  const { sql } = postgres;
  await recordDeliveries(sql, [outcome('ep_live', 'pending', { pauseMs: 900_000 })], breaker);
  expect(await pauseOf('ep_live')).toBe(900);
  const failFor = async (minutes: number) => {
    await sql`UPDATE endpoints SET failing_since = now() - ${minutes}::int * interval '1 minute' WHERE id = 'ep_live'`;
    return recordDeliveries(sql, [outcome('ep_live', 'pending')], breaker);
  };
  expect(await failFor(5 * 24 * 60 - 1)).toEqual([]);
  expect(await failFor(5 * 24 * 60 + 1)).toEqual([{ endpointId: 'ep_live', tenantId: 'ten_test', reason: 'failing' }]);
});
