import { openPostgres } from '@turno/postgres';
import { createAuthenticate, parseApiKey } from '@turno/tenants';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { addKey } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'keys' });
const { sql } = postgres;
const processes = [createAuthenticate(postgres), createAuthenticate(postgres)];
beforeAll(() => addKey('ten_first', ['admin']));
afterAll(() => postgres.close());

const idOf = (key: string) => parseApiKey(key)?.id ?? '';
const callers = (key: string) => Promise.all(processes.map(async (authenticate) => authenticate(`Bearer ${key}`)));

async function expectRefusedEverywhere(key: string): Promise<void> {
  for (const authenticate of processes) {
    await eventually(async () => {
      await expect(authenticate(`Bearer ${key}`)).rejects.toMatchObject({ code: 'unauthorized' });
    });
  }
}

test.concurrent('A caller carries its tenant’s plan, and whether the tenant is the first one', async () => {
  const [caller] = await callers(await addKey('ten_first', ['admin']));
  expect(caller).toMatchObject({ tenantId: 'ten_first', isOperator: true });
  expect(caller?.plan).toEqual({
    name: 'unlimited',
    bucketCapacity: null,
    refillPerSecond: null,
    requestsPerMonthMax: null,
    jobsWaitingMax: null,
    payloadBytesMax: null,
    storageBytesMax: null,
    concurrentRunsMax: null,
  });
});

test.concurrent('A changed plan, of the tenant or in itself, is felt by every process that knew the key', async () => {
  const key = await addKey('ten_growing', ['jobs:write']);
  expect(await callers(key)).toMatchObject([{ plan: { name: 'unlimited' } }, { isOperator: false }]);
  await sql`UPDATE tenants SET plan = 'free' WHERE id = 'ten_growing'`;
  await sql`UPDATE plans SET requests_per_month_max = 12345678901 WHERE name = 'free'`;
  const plan = { name: 'free', bucketCapacity: 60, refillPerSecond: 1, requestsPerMonthMax: 12_345_678_901 };
  await eventually(async () => expect(await callers(key)).toMatchObject([{ plan }, { plan }]));
});

test.concurrent('A revoked key is refused by every process that knew it', async () => {
  const key = await addKey('ten_revoked', ['jobs:write']);
  await callers(key);
  await sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${idOf(key)}`;
  await expectRefusedEverywhere(key);
});

test.concurrent('A key is refused from the moment it expires, also where it was known', async () => {
  const key = await addKey('ten_expiring', ['jobs:write']);
  await eventually(async () => {
    await sql`UPDATE api_keys SET expires_at = now() + interval '1 second' WHERE id = ${idOf(key)}`;
    await callers(key); // who is slow to ask is refused already, and asks again
  });
  await expectRefusedEverywhere(key);
  const [row] = await sql`SELECT now() >= expires_at AS over FROM api_keys WHERE id = ${idOf(key)}`;
  expect(row?.over).toBe(true);
});

test.concurrent('All keys of a disabled tenant are refused', async () => {
  const key = await addKey('ten_disabled', ['jobs:write']);
  await callers(key);
  await sql`UPDATE tenants SET disabled_at = now() WHERE id = 'ten_disabled'`;
  await expectRefusedEverywhere(key);
});
