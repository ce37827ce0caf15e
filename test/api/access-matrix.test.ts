import { openPostgres } from '@turno/postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../apps/api/src/operations/index.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

/** Every operation that needs a key, called by every sort of caller, twice: the second answer may come from a cache. */
const rows = operations.flatMap(({ scope, method, path, request }) =>
  scope === null ? [] : [{ scope, method: method.toUpperCase(), path, hasBody: request?.body !== undefined }],
);
type Row = (typeof rows)[number];

/** The scope that a key must have; `operator` is admin with a key of the operator tenant. */
const scopeOf = ({ scope }: Row) => (scope === 'operator' ? 'admin' : scope);

const allScopes = ['jobs:read', 'jobs:write', 'admin'];
let api: Api;
let hand: JobsByHand;
let strangerKey: string;
let revokedKey: string;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi({ OUTBOUND_ALLOW_HOSTS: '127.0.0.1' }), jobsByHand()]);
  strangerKey = await addKey('ten_second', allScopes);
  await idOf('/v1/endpoints', { url: 'http://127.0.0.1:9/hook', events: ['job.cancelled'] });
  revokedKey = await addKey('ten_first', allScopes);
  expect((await api.request('/v1/kinds', { key: revokedKey })).status).toBe(200);
  const { databaseUrl } = await stores();
  const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'revoking' });
  await sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${`key_${revokedKey.split('_')[2] ?? ''}`}`;
  await close();
});
afterAll(() => hand.close());

/** What is private to a tenant, by the name of the path's parameter; made anew for every question. */
const own: Record<string, () => Promise<string>> = {
  jobId: async () => {
    const id = await idOf('/v1/jobs', { kind: 'test.noop', input: {} });
    await hand.start(id);
    await hand.complete(id, '{"value":1}');
    return id;
  },
  fileId: () => idOf('/v1/files', { contentType: 'a/b', bytes: 1 }),
  endpointId: () => idOf('/v1/endpoints', { url: 'http://127.0.0.1:9/hook', events: ['job.failed'] }),
  deliveryId: async () => {
    const job = await idOf('/v1/jobs', { kind: 'test.noop', input: {}, options: { delaySeconds: 600 } });
    await api.request(`/v1/jobs/${job}/cancel`, { method: 'POST' });
    const { deliveries } = (await (await api.request(`/v1/deliveries?job=${job}`)).json()) as {
      deliveries: { id: string }[];
    };
    return deliveries[0]?.id ?? '';
  },
  name: async () => {
    const body = { cron: '@daily', kind: 'test.noop', input: {} };
    expect((await api.request('/v1/schedules/own', { method: 'PUT', body })).status).toBeLessThan(300);
    return 'own';
  },
  keyId: () => idOf('/v1/keys', { name: 'of the matrix', scopes: ['jobs:read'] }),
};

async function idOf(path: string, body: object): Promise<string> {
  const response = await api.request(path, { body });
  const { id } = (await response.json()) as { id?: string };
  if (id === undefined) throw new Error(`${path} answered ${response.status}`);
  return id;
}

/** What all tenants share. */
const shared: Record<string, string> = { kind: 'test.noop', queue: 'io', plan: 'free', tenantId: 'ten_second' };

async function addressOf({ path }: Row): Promise<string> {
  let address = path;
  for (const [braced, name] of path.matchAll(/\{(\w+)\}/g)) {
    address = address.replace(braced, shared[name ?? ''] ?? (await own[name ?? '']?.()) ?? 'nothing');
  }
  return address;
}

/** For who is refused before anything is looked up. */
const nowhere = ({ path }: Row) => path.replaceAll(/\{\w+\}/g, 'x');

async function ask({ method, hasBody }: Row, address: string, key: string | null): Promise<number> {
  const body = hasBody ? {} : undefined;
  return (await api.request(address, { method, key, body })).status;
}

/** Asked cold, then again through Express's router, which gets every address with a query. */
async function askTwice(row: Row, address: string, key: string | null): Promise<number[]> {
  return [await ask(row, address, key), await ask(row, `${address}?`, key)];
}

const named = ({ method, path }: Row) => `${method} ${path}`;

async function answersOf(key: string | null | ((row: Row) => Promise<string>)): Promise<[string, number[]][]> {
  const answers: [string, number[]][] = [];
  for (const row of rows) {
    answers.push([named(row), await askTwice(row, nowhere(row), typeof key === 'function' ? await key(row) : key)]);
  }
  return answers;
}

const everyone = (statuses: number[]) => rows.map((row) => [named(row), statuses]);

test('Each operation that needs a key names one scope, and the document names the same', async () => {
  const { paths } = (await (await api.request('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { security: object[] }>>;
  };
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    expect(allScopes).toContain(scopeOf(row));
    const security = paths[row.path]?.[row.method.toLowerCase()]?.security;
    expect([named(row), security]).toEqual([named(row), [{ key: [scopeOf(row)] }]]);
  }
});

test('An operation for the operator tenant answers 403 to the admin of another tenant', async () => {
  const forOperator = rows.filter(({ scope }) => scope === 'operator');
  expect(forOperator.length).toBeGreaterThan(10);
  for (const row of forOperator) {
    expect([named(row), await askTwice(row, nowhere(row), strangerKey)]).toEqual([named(row), [403, 403]]);
  }
});

test('Registering an endpoint needs an admin’s key, and a read of endpoints shows no secret', async () => {
  const scopeAt = (path: string, method: string) =>
    rows.find((row) => row.path === path && row.method === method)?.scope;
  const one = '/v1/endpoints/{endpointId}';
  const asked = [
    ['/v1/endpoints', 'POST'],
    [one, 'PATCH'],
    [one, 'DELETE'],
    [`${one}/rotate-secret`, 'POST'],
  ] as const;
  for (const [path, method] of asked) expect([path, method, scopeAt(path, method)]).toEqual([path, method, 'admin']);
  const id = await own['endpointId']?.();
  const key = await addKey('ten_first', ['jobs:read']);
  for (const path of ['/v1/endpoints', `/v1/endpoints/${id}`, '/v1/deliveries']) {
    const response = await api.request(path, { key });
    expect([path, response.status, /secret|whsec_/.test(await response.text())]).toEqual([path, 200, false]);
  }
});

describe('401 everywhere', () => {
  test.each([
    ['without a key', () => null],
    ['with a key that is none', () => 'hello'],
    ['with the secret of another key', () => `${testKey.slice(0, -1)}u`],
  ])('%s', async (_what, key) => {
    expect(await answersOf(key())).toEqual(everyone([401, 401]));
  });

  test('A revoked key is answered 401 in each operation, also where it was just cached', async () => {
    await eventually(async () => expect(await answersOf(revokedKey)).toEqual(everyone([401, 401])));
  });
});

test('403 everywhere for a key with all scopes but the one that is needed', async () => {
  const lacking = new Map<string, string>();
  for (const scope of allScopes) {
    lacking.set(
      scope,
      await addKey(
        'ten_first',
        allScopes.filter((other) => other !== scope),
      ),
    );
  }
  const keyFor = (row: Row) => Promise.resolve(lacking.get(scopeOf(row)) ?? '');
  expect(await answersOf(keyFor)).toEqual(everyone([403, 403]));
});

test('404 for another tenant wherever the address names something private, cold and after its owner asked', async () => {
  // A put makes what is missing; the paths of the operator are 403, see above.
  const readers = rows.filter(({ method, scope }) => method !== 'PUT' && scope !== 'operator');
  const priv = readers.filter(({ path }) => Object.keys(own).some((name) => path.includes(`{${name}}`)));
  expect(priv.length).toBeGreaterThan(5);
  for (const row of priv) {
    const address = await addressOf(row);
    const cold = await ask(row, address, strangerKey);
    // Warm in every cache there is: read by its owner, whole and in parts.
    for (const part of ['', '/input', '/output'])
      await api.request(address.replace(/((?:job|file|ep|dlv)_\w+).*/, `$1${part}`));
    expect([named(row), cold, await ask(row, address, strangerKey)]).toEqual([named(row), 404, 404]);
  }
});

test('An address with characters that no name can contain never causes a 5xx', async () => {
  for (const row of rows.filter(({ path }) => path.includes('{'))) {
    const status = await ask(row, row.path.replaceAll(/\{\w+\}/g, '%00'), testKey);
    expect([named(row), [400, 404, 422].includes(status)]).toEqual([named(row), true]);
  }
  for (const query of ['job=%00', 'endpoint=%00', 'cursor=%00', 'state=%00'])
    expect([query, (await api.request(`/v1/deliveries?${query}`)).status]).toEqual([query, 422]);
});

test('The owner’s key is accepted in each operation, and none answers a 5xx', async () => {
  // The tenant that is taken away is asked for last.
  const inOrder = [...rows].sort((a, b) => Number(a.path.includes('tenantId')) - Number(b.path.includes('tenantId')));
  for (const row of inOrder) {
    const statuses = await askTwice(row, await addressOf(row), testKey);
    expect([named(row), statuses.filter((status) => [401, 403, 405].includes(status) || status >= 500)]).toEqual([
      named(row),
      [],
    ]);
  }
});
