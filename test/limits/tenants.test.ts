import {
  apiKey,
  type MadeKey,
  madeKey,
  type MadeTenant,
  madeTenant,
  newId,
  plan as planSchema,
  queueState,
  tenant as tenantSchema,
} from '@turno/contract';
import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let api: Api;
let other: Api;
const { sql, close } = openPostgres({ url: (await stores()).databaseUrl, poolMax: 1, prepare: true, name: 'tenants' });
beforeAll(async () => {
  [api, other] = await Promise.all([startApi(), startApi(withConstants({ limits: { keysPerTenantMax: 4 } }))]);
});
afterAll(() => close());

type Init = Parameters<Api['request']>[1];
const get = (path: string, key = testKey) => api.request(path, { key });
const send = (method: string, path: string, init: Init = {}) => api.request(path, { method, ...init });
const post = (path: string, body: unknown, key = testKey) => api.request(path, { key, body });

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
}

async function createTenant(plan = 'free'): Promise<MadeTenant> {
  const response = await post('/v1/tenants', { name: 'Acme', plan });
  expect(response.status).toBe(201);
  const made = madeTenant.parse(await response.json());
  expect(response.headers.get('location')).toBe(`/v1/tenants/${made.id}`);
  return made;
}

async function createKey(key: string, body: object): Promise<MadeKey> {
  const response = await post('/v1/keys', body, key);
  expect(response.status).toBe(201);
  return madeKey.parse(await response.json());
}

const listKeys = async (key: string) =>
  ((await (await get('/v1/keys', key)).json()) as { keys: unknown[] }).keys.map((one) => apiKey.strict().parse(one));

describe('API keys', () => {
  test('An API key is created with its scopes and expiry, is shown once, works, and is listed without its secret', async () => {
    const { firstKey } = await createTenant();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const made = await createKey(firstKey.key, { name: 'reader', scopes: ['jobs:read'], expiresAt });
    expect(made).toMatchObject({ name: 'reader', scopes: ['jobs:read'], expiresAt, lastUsedAt: null });
    expect((await get('/v1/kinds', made.key)).status).toBe(200);
    await expectProblem(await get('/v1/keys', made.key), 403, 'forbidden');
    const { key: _shown, ...listed } = made;
    const keys = await listKeys(firstKey.key);
    expect(keys.map(({ id }) => id)).toEqual([firstKey.id, made.id]);
    expect({ ...keys[1], lastUsedAt: null }).toEqual(listed);
    const stored = await sql`SELECT * FROM api_keys WHERE id = ${made.id}`;
    expect(JSON.stringify(stored)).not.toContain(made.key.split('_')[3]);
  });

  test('A tenant cannot create more API keys than its limit, a revoked key counts for a day, and the operator tenant can add one', async () => {
    const { id, firstKey } = await createTenant();
    const body = { scopes: ['jobs:read'] };
    const made = await Promise.all(
      Array.from({ length: 9 }, () => other.request('/v1/keys', { body, key: firstKey.key })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(3);
    expect(made.filter(({ status }) => status === 409)).toHaveLength(6);
    const one = (await listKeys(firstKey.key))[1];
    expect((await send('DELETE', `/v1/keys/${one?.id}`, { key: firstKey.key })).status).toBe(204);
    const refused = () => other.request('/v1/keys', { body, key: firstKey.key });
    await expectProblem(await refused(), 409, 'too-many-keys');
    expect((await other.request(`/v1/tenants/${id}/keys`, { body })).status).toBe(201);
    await sql`UPDATE api_keys SET revoked_at = now() - interval '2 days' WHERE tenant_id = ${id} AND id <> ${firstKey.id}`;
    expect((await refused()).status).toBe(201);
  });

  test('A revoked API key is rejected by every process that had it cached, and is not listed', async () => {
    const { firstKey } = await createTenant();
    const { id, key } = await createKey(firstKey.key, { scopes: ['jobs:read'] });
    for (const from of [api, other]) expect((await from.request('/v1/kinds', { key })).status).toBe(200);
    expect((await send('DELETE', `/v1/keys/${id}`, { key: firstKey.key })).status).toBe(204);
    for (const from of [api, other]) {
      await eventually(async () => (await from.request('/v1/kinds', { key })).status === 401);
    }
    expect((await listKeys(firstKey.key)).map((one) => one.id)).toEqual([firstKey.id]);
    await expectProblem(await send('DELETE', `/v1/keys/${id}`, { key: firstKey.key }), 404, 'key-not-found');
  });

  test('The last admin key of a tenant cannot be revoked, also when two keys revoke each other at once', async () => {
    const { id: tenantId, firstKey } = await createTenant();
    const revoke = (id: string, key: string) => send('DELETE', `/v1/keys/${id}`, { key });
    await expectProblem(await revoke(firstKey.id, firstKey.key), 409, 'last-admin-key');
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    await createKey(firstKey.key, { scopes: ['admin'], expiresAt });
    await expectProblem(await revoke(firstKey.id, firstKey.key), 409, 'last-admin-key');
    const second = await createKey(firstKey.key, { scopes: ['admin', 'jobs:read'] });
    const answers = await Promise.all([revoke(second.id, firstKey.key), revoke(firstKey.id, second.key)]);
    const [done, refused] = answers.map(({ status }) => String(status)).sort();
    // 401 when the second comes so late that its own key is gone already.
    expect([done, ['401', '409'].includes(refused ?? '')]).toEqual(['204', true]);
    const [left] = await sql`SELECT count(*)::int AS n FROM api_keys WHERE tenant_id = ${tenantId}
      AND revoked_at IS NULL AND expires_at IS NULL`;
    expect(left?.n).toBe(1);
  });

  test('An API key of another tenant is answered like a missing one and keeps working', async () => {
    const [mine, theirs] = [await createTenant(), await createTenant()];
    for (const id of [theirs.firstKey.id, newId('key'), 'x']) {
      await expectProblem(await send('DELETE', `/v1/keys/${id}`, { key: mine.firstKey.key }), 404, 'key-not-found');
    }
    expect((await get('/v1/usage', theirs.firstKey.key)).status).toBe(200);
  });

  test.each([
    [{ scopes: [] }, '/scopes'],
    [{ scopes: ['root'] }, '/scopes/0'],
    [{ scopes: ['admin'], expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    [{ scopes: ['admin'], expiresAt: '9999-12-31T23:59:59-12:00' }, '/expiresAt'],
    [{ scopes: ['admin'], colour: 'red' }, '/colour'],
  ])('The new API key %j is rejected with a pointer to the fault', async (body, pointer) => {
    const response = await post('/v1/keys', body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: 'invalid-request', errors: [{ pointer }] });
  });

  test('The last use of an API key is recorded after the answer', async () => {
    const { firstKey } = await createTenant();
    await get('/v1/kinds', firstKey.key);
    await eventually(async () => (await listKeys(firstKey.key))[0]?.lastUsedAt !== null);
  });
});

describe('Tenants', () => {
  test('A tenant is created with a plan and a first key, read, listed and changed', async () => {
    const { firstKey, ...made } = await createTenant('pro');
    expect(firstKey.scopes).toEqual(['jobs:write', 'jobs:read', 'admin']);
    expect(tenantSchema.parse(await (await get(`/v1/tenants/${made.id}`)).json())).toEqual(made);
    const page = (await (await get('/v1/tenants')).json()) as { tenants: { id: string }[]; nextCursor: unknown };
    expect(page.tenants.map(({ id }) => id)).toEqual(expect.arrayContaining(['ten_first', made.id]));
    expect(page.nextCursor).toBeNull();
    const change = await send('PATCH', `/v1/tenants/${made.id}`, { body: { plan: 'free', name: 'Acme 2' } });
    expect([change.status, await change.json()]).toEqual([200, { ...made, plan: 'free', name: 'Acme 2' }]);
    await eventually(async () => {
      expect(await (await get('/v1/usage', firstKey.key)).json()).toMatchObject({ plan: { name: 'free' } });
    });
  });

  test('The keys of a disabled tenant are rejected until it is enabled again, and the operator tenant cannot be disabled', async () => {
    const { id, firstKey } = await createTenant();
    const opens = async () => (await get('/v1/kinds', firstKey.key)).status;
    expect(await opens()).toBe(200);
    expect((await send('PATCH', `/v1/tenants/${id}`, { body: { disabled: true } })).status).toBe(200);
    await eventually(async () => expect(await opens()).toBe(401));
    await send('PATCH', `/v1/tenants/${id}`, { body: { disabled: false } });
    await eventually(async () => expect(await opens()).toBe(200));
    await expectProblem(await send('DELETE', '/v1/tenants/ten_first'), 409, 'first-tenant');
    await expectProblem(
      await send('PATCH', '/v1/tenants/ten_first', { body: { disabled: true } }),
      409,
      'first-tenant',
    );
  });

  test('The keys of a deleted tenant are rejected, and no call enables it again', async () => {
    const { id, firstKey } = await createTenant();
    expect((await send('DELETE', `/v1/tenants/${id}`)).status).toBe(204);
    await eventually(async () => expect((await get('/v1/kinds', firstKey.key)).status).toBe(401));
    await expectProblem(await send('PATCH', `/v1/tenants/${id}`, { body: { disabled: false } }), 409, 'tenant-deleted');
    expect((await send('DELETE', `/v1/tenants/${id}`)).status).toBe(204);
    const shown = (await (await get(`/v1/tenants/${id}`)).json()) as { deletedAt: string | null };
    expect(shown.deletedAt).not.toBeNull();
  });

  test('The operator tenant can create a key for a tenant that lost its keys', async () => {
    const { id } = await createTenant();
    const { key } = madeKey.parse(await (await post(`/v1/tenants/${id}/keys`, { scopes: ['admin'] })).json());
    expect(await listKeys(key)).toHaveLength(2);
    await expectProblem(await post('/v1/tenants/ten_none/keys', { scopes: ['admin'] }), 404, 'tenant-not-found');
  });

  test('A tenant needs an existing plan, and a change needs an existing tenant', async () => {
    await expectProblem(await post('/v1/tenants', { name: 'x', plan: 'gold' }), 422, 'invalid-request');
    const { id } = await createTenant();
    await expectProblem(await send('PATCH', `/v1/tenants/${id}`, { body: { plan: 'gold' } }), 422, 'invalid-request');
    await expectProblem(await get('/v1/tenants/ten_none'), 404, 'tenant-not-found');
    await expectProblem(await send('DELETE', '/v1/tenants/ten_none'), 404, 'tenant-not-found');
  });

  test('Only admin keys of the operator tenant may change tenants, plans and queues', async () => {
    const admin = await addKey('ten_second', ['admin', 'jobs:read', 'jobs:write']);
    const calls = [
      ['GET', '/v1/tenants'],
      ['POST', '/v1/tenants', { name: 'x' }],
      ['GET', '/v1/tenants/ten_second'],
      ['PATCH', '/v1/tenants/ten_second', { plan: 'pro' }],
      ['DELETE', '/v1/tenants/ten_first'],
      ['POST', '/v1/tenants/ten_first/keys', { scopes: ['admin'] }],
      ['GET', '/v1/plans'],
      ['PUT', '/v1/plans/free', {}],
      ['GET', '/v1/queues'],
      ['POST', '/v1/queues/io/pause'],
      ['POST', '/v1/kinds/test.noop/resume'],
    ] as const;
    for (const [method, path, body] of calls) {
      await expectProblem(await send(method, path, { key: admin, body }), 403, 'forbidden');
    }
  });
});

describe('Plans', () => {
  const none = {
    bucketCapacity: null,
    refillPerSecond: null,
    requestsPerMonthMax: null,
    jobsWaitingMax: null,
    payloadBytesMax: null,
    concurrentRunsMax: null,
  };

  test('The built-in plans exist, and own plans can be created and changed', async () => {
    const body = { ...none, bucketCapacity: 5, refillPerSecond: 0.5 };
    expect((await send('PUT', '/v1/plans/own', { body })).status).toBe(201);
    expect((await send('PUT', '/v1/plans/own', { body: { ...body, concurrentRunsMax: 7 } })).status).toBe(200);
    const { plans } = (await (await get('/v1/plans')).json()) as { plans: unknown[] };
    const parsed = plans.map((one) => planSchema.parse(one));
    expect(parsed.map(({ name }) => name)).toEqual(['free', 'own', 'pro', 'unlimited']);
    expect(parsed[1]).toEqual({ name: 'own', ...body, concurrentRunsMax: 7, storageBytesMax: 10 * 1024 ** 3 });
  });

  test('A plan with half a bucket, a bucket that never fills, a missing limit or an invalid name is rejected', async () => {
    const put = (name: string, body: object) => send('PUT', `/v1/plans/${name}`, { body });
    await expectProblem(await put('half', { ...none, bucketCapacity: 5 }), 422, 'invalid-request');
    await expectProblem(await put('few', { bucketCapacity: 5, refillPerSecond: 1 }), 422, 'invalid-request');
    await expectProblem(await put('Gold!', none), 400, 'bad-request');
    const never = { ...none, bucketCapacity: 5, refillPerSecond: 1e-300 };
    await expectProblem(await put('never', never), 422, 'invalid-request');
  });
});

test('GET /v1/queues returns the counts of unfinished jobs and whether each queue is paused', async () => {
  const submit = (options: object) => post('/v1/jobs', { kind: 'test.noop', input: {}, options });
  const { id } = (await (await submit({})).json()) as { id: string };
  await submit({ delaySeconds: 3_600 });
  await send('POST', `/v1/jobs/${((await (await submit({})).json()) as { id: string }).id}/cancel`);
  for (const path of ['queues/io', 'kinds/test.noop']) await send('POST', `/v1/${path}/pause`);
  const queues = async () => {
    const seen = ((await (await get('/v1/queues')).json()) as { queues: unknown[] }).queues;
    return seen.map((one) => queueState.parse(one));
  };
  const [cpu, io] = await queues();
  const nothing = { queued: 0, blocked: 0, scheduled: 0, retrying: 0, running: 0 };
  expect(cpu).toEqual({ name: 'cpu', paused: false, pausedKinds: [], counts: nothing, oldestQueuedSeconds: null });
  expect(io).toMatchObject({
    name: 'io',
    paused: true,
    pausedKinds: ['test.noop'],
    counts: { ...nothing, queued: 1, scheduled: 1 },
  });
  await sql`UPDATE jobs SET run_at = now() - interval '1 hour' WHERE id = ${id}`;
  expect((await queues())[1]?.oldestQueuedSeconds).toBeGreaterThan(3_599);
  for (const path of ['queues/io', 'kinds/test.noop']) await send('POST', `/v1/${path}/resume`);
});
