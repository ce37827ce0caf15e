import { openPostgres } from '@turno/postgres';
import { beforeAll, expect, test } from 'vitest';
import { addKey } from '../support/apps/start-api.ts';
import { testKindsDir } from '../support/kinds.ts';
import { createStandardClient } from '../support/http/standard-client.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir });
});

const clientWith = (key: string) => createStandardClient(turno.api, `Bearer ${key}`);

test('A client that knows only the HTTP standards submits, waits and gets the result', async () => {
  const client = clientWith(turno.key);
  const work = { kind: 'math.sum-of-squares', input: { n: 1_000 } };
  expect(await client.post('/v1/jobs', work)).toMatchObject({ state: 'completed', output: { sum: '332833500' } });
  const before = client.asked.length;
  const slow = { kind: 'test.wait', input: { ms: 6_000 } };
  expect(await client.post('/v1/jobs', slow)).toMatchObject({ state: 'completed' });
  // Longer than it waits at a time; on a slow machine it has to wait once more.
  const [first, ...others] = client.asked.slice(before);
  expect([first, ...new Set(others)]).toEqual(['POST 202', 'GET 200']);
});

test('A client that knows only the HTTP standards caches a result and revalidates it by its ETag', async () => {
  const client = clientWith(turno.key);
  const { links } = (await client.post('/v1/jobs', { kind: 'test.noop', input: { value: 7 } })) as {
    links: { output: string };
  };
  const before = client.asked.length;
  expect(await client.get(links.output)).toEqual({ value: 7 });
  expect(await client.get(links.output)).toEqual({ value: 7 });
  expect(client.asked).toHaveLength(before + 1);
  expect(await client.get('/v1/run/math.sum-of-squares?n=10')).toEqual({ sum: '285' });
});

test('A client that knows only the HTTP standards backs off for the Retry-After of a 429', async () => {
  const key = await addKey('ten_small', ['jobs:read', 'jobs:write']);
  const { databaseUrl } = await stores();
  const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'plans' });
  await sql`INSERT INTO plans (name, bucket_capacity, refill_per_second) VALUES ('small', 4, 4)`;
  await sql`UPDATE tenants SET plan = 'small' WHERE id = 'ten_small'`;
  await close();
  const client = clientWith(key);
  const results = await Promise.all(
    Array.from({ length: 12 }, (_, value) => client.post('/v1/jobs', { kind: 'test.noop', input: { value } })),
  );
  expect(results.map((job) => (job as { output: { value: number } }).output.value)).toEqual(
    Array.from({ length: 12 }, (_, value) => value),
  );
  expect(client.asked).toContain('POST 429');
  expect(client.asked.filter((one) => !/ (200|202|429)$/.test(one))).toEqual([]);
});

test('A client that knows only the HTTP standards gets its faults as problem documents', async () => {
  const client = clientWith(turno.key);
  await expect(client.post('/v1/jobs', { kind: 'none' })).rejects.toThrow(/^404 There is no such kind/);
  await expect(client.get('/v1/jobs/job_none')).rejects.toThrow(/^404 There is no such job/);
  await expect(clientWith('hello').get('/v1/kinds')).rejects.toThrow(/^401 A valid API key is required/);
});
