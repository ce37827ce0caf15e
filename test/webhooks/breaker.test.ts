import { type DeliveryOutcome, insertEndpoint, openPostgres, recordDeliveries } from '@turno/postgres';
import { afterAll, expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'breaker' });
const { sql } = postgres;
afterAll(() => postgres.close());

const second = 1_000;
const breaker = { failuresMax: 5, pauseMs: 100 * second, pauseMsMax: 3_000 * second, disableAfterMs: 86_400_000 };

async function endpoint(): Promise<string> {
  const [row] = await sql<{ id: string }[]>`SELECT 'ep_' || gen_random_uuid() AS id`;
  const id = row?.id ?? '';
  const secret = { sealed: Buffer.from('sealed'), keyId: 'k' };
  await insertEndpoint(sql, { id, tenantId: id, url: 'http://a/', events: ['job.completed'], secret }, 1);
  return id;
}

const failed = {
  ticket: 1,
  to: 'pending' as const,
  delayMs: 0,
  reason: null,
  durationMs: 1,
  status: 500,
  error: 'http-status',
  response: null,
  pauseMs: 0,
  disable: null,
  address: null,
  reached: true,
};

/** Records tries that end together. The deliveries they belong to do not matter to the endpoint. */
const ended = (endpointId: string, outcomes: Partial<DeliveryOutcome>[]) =>
  recordDeliveries(
    sql,
    outcomes.map((outcome, index) => ({ ...failed, deliveryId: `${endpointId} ${index}`, endpointId, ...outcome })),
    breaker,
  );

const failures = (count: number) => Array.from({ length: count }, () => ({}));
const taken = { to: 'delivered', status: 200, error: null } as const;

/** Returns the seconds for which the endpoint is still paused. */
async function pauseOf(id: string): Promise<number> {
  const [row] = await sql<{ pause: number | null }[]>`
    SELECT extract(epoch FROM paused_until - now())::float8 AS pause FROM endpoints WHERE id = ${id}`;
  return Math.ceil(row?.pause ?? 0);
}

const about = (seconds: number) => (pause: number) => pause <= seconds && pause > 0.6 * seconds;
const goBy = (id: string) => sql`UPDATE endpoints SET paused_until = now() WHERE id = ${id}`;

test('Fifty tries that fail together pause an endpoint once; a failure after the pause doubles it', async () => {
  const id = await endpoint();
  await ended(id, failures(50));
  expect(await pauseOf(id)).toSatisfy(about(100));
  await ended(id, failures(50));
  expect(await pauseOf(id)).toSatisfy(about(100));
  await goBy(id);
  await ended(id, failures(1));
  expect(await pauseOf(id)).toSatisfy(about(200));
  await ended(id, [taken]);
  expect(await pauseOf(id)).toBe(0);
});

test('A pause by Retry-After is not shortened by answers to tries that were under way', async () => {
  const id = await endpoint();
  await ended(id, [{ status: 429, pauseMs: 600 * second }]);
  await ended(id, failures(1));
  await ended(id, [{ status: 429, pauseMs: 2 * second }]);
  await ended(id, [taken]);
  expect(await pauseOf(id)).toSatisfy(about(600));
});
