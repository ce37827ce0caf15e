import { openPostgres, renewLease, takeExpiredLeases, takeLease } from '@turno/postgres';
import type { ReservedSql } from 'postgres';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'leases' });
const { sql } = postgres;
afterAll(() => postgres.close());

/** Shorter than the uptime of the test server. */
const leaseMs = 1_000;
/**
 * Each test is one transaction, in which now() stands still. So time passes only as the test moves it, however slow
 * the machine is.
 */
let moment: ReservedSql;
const pass = (ms: number) =>
  moment`UPDATE workers SET lease_until = lease_until - ${ms}::float8 * interval '1 millisecond',
    unbroken_since = unbroken_since - ${ms}::float8 * interval '1 millisecond'`;
const renew = (worker: string) => renewLease(moment, worker, leaseMs);
const take = (rescuer: string) => takeExpiredLeases(moment, rescuer, leaseMs);

beforeEach(async () => {
  moment = await sql.reserve();
  await moment`BEGIN`;
  for (const worker of ['rescuer', 'other']) await takeLease(moment, worker, leaseMs);
});
afterEach(async () => {
  await moment`ROLLBACK`;
  moment.release();
});

/** The rescuer renews its lease without a gap for longer than a lease; the other worker does not. */
async function otherFallsSilent(): Promise<void> {
  for (let step = 0; step < 6; step += 1) {
    await pass(300);
    await renew('rescuer');
  }
}

test('An expired lease is taken away by a worker whose own renewals had no gap', async () => {
  await otherFallsSilent();
  expect(await take('rescuer')).toEqual(['other']);
  expect(await renew('other')).toBe(false);
});

test('After an outage for all workers no lease is taken away, before and after the first renewals', async () => {
  await pass(5_000);
  expect(await take('rescuer')).toEqual([]);
  await renew('rescuer');
  expect(await take('rescuer')).toEqual([]);
  await pass(300);
  await renew('rescuer');
  expect(await take('rescuer')).toEqual([]);
  expect(await renew('other')).toBe(true);
});

test('A rescue that is sent before an outage and executed after it takes no lease away', async () => {
  await otherFallsSilent();
  await renew('other');
  await pass(1_300); // longer than a lease, in which nobody could renew
  expect(await take('rescuer')).toEqual([]);
});

test('A worker without a lease takes no lease away', async () => {
  await otherFallsSilent();
  expect(await take('stranger')).toEqual([]);
});
