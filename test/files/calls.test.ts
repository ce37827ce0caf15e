import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LocalFolder } from '@turno/files';
import { openPostgres } from '@turno/postgres';
import { beforeAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/jobs.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { type App, startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { testKindsDir } from '../support/kinds.ts';

interface Made {
  id: string;
  state: string;
  bytes: number;
  sha256: string | null;
  expiresAt: string | null;
  jobId: string | null;
  upload: { url: string; headers: Record<string, string> };
  download: { url: string } | null;
}

let turno: Turno;
let api: Api;
let settings: Record<string, string>;
let files: App;
beforeAll(async () => {
  files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  settings = { FILES_PUBLIC_URL: files.addresses['files'] ?? '', KINDS_DIR: testKindsDir };
  const quick = withConstants({ files: { eraseEveryMs: 100 }, execution: { outputInlineBytesMax: 20_000 } });
  [turno, api] = await Promise.all([startTurno({ ...settings, ...quick }), startApi(settings)]);
});

async function createFile(bytes: Uint8Array, more: object = {}): Promise<Made> {
  const body = { contentType: 'application/octet-stream', bytes: bytes.length, ...more };
  const response = await api.request('/v1/files', { body });
  expect(response.status).toBe(201);
  return (await response.json()) as Made;
}

const put = ({ upload: { url, headers } }: Made, bytes: Uint8Array) =>
  fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) });

async function read(id: string, key?: string): Promise<Made> {
  return (await (await api.request(`/v1/files/${id}`, key === undefined ? {} : { key })).json()) as Made;
}

test('A file is created, uploaded to the store, ready at its first use, and gone after its deletion', async () => {
  const bytes = randomBytes(10_000);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const made = await createFile(bytes, { sha256, name: '../b/a.bin' });
  expect(made).toMatchObject({ state: 'pending', bytes: 10_000, sha256, download: null, jobId: null });
  expect(await read(made.id)).toMatchObject({ state: 'pending', download: null });
  expect((await put(made, bytes)).status).toBe(200);
  const ready = await read(made.id);
  expect(ready).toMatchObject({ state: 'ready', sha256 });
  const down = await fetch(ready.download?.url ?? '');
  expect(down.headers.get('content-disposition')).toBe('attachment; filename=.._b_a.bin');
  expect(Buffer.from(await down.arrayBuffer()).equals(bytes)).toBe(true);
  const stranger = await addKey('ten_second', ['jobs:read', 'jobs:write']);
  expect((await api.request(`/v1/files/${made.id}`, { key: stranger })).status).toBe(404);
  expect((await api.request(`/v1/files/${made.id}`, { key: stranger, method: 'DELETE' })).status).toBe(404);
  expect((await api.request(`/v1/files/${made.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await api.request(`/v1/files/${made.id}`)).status).toBe(404);
  await eventually(async () => expect((await fetch(ready.download?.url ?? '')).status).toBe(404));
});

test('Bytes that are uploaded after the deletion of their file are erased when the URL expires', async () => {
  const { sql, close } = openPostgres({
    url: (await stores()).databaseUrl,
    poolMax: 1,
    prepare: true,
    name: 'looking',
  });
  const folder = new LocalFolder((await stores()).filesDir);
  const bytes = randomBytes(100);
  const made = await createFile(bytes);
  expect((await api.request(`/v1/files/${made.id}`, { method: 'DELETE' })).status).toBe(204);
  const row = () => sql<{ key: string; later: boolean }[]>`
    SELECT object_key AS key, expires_at > now() + interval '50 minutes' AS later FROM files WHERE id = ${made.id}`;
  await eventually(async () => expect((await row())[0]?.later).toBe(true));
  const [{ key } = { key: '' }] = await row();
  expect((await put(made, bytes)).status).toBe(200);
  expect((await api.request(`/v1/files/${made.id}`)).status).toBe(404);
  expect(await folder.stat(key)).toMatchObject({ bytes: 100 });
  await sql`UPDATE files SET created_at = now() - interval '1 hour', expires_at = now() WHERE id = ${made.id}`;
  await eventually(async () => expect([await row(), await folder.stat(key)]).toEqual([[], undefined]));
  await close();
});

test('An invalid file request is rejected with all its faults', async () => {
  const body = { contentType: 'no type', bytes: -1, sha256: 'x', colour: 'red' };
  const response = await api.request('/v1/files', { body });
  expect(response.status).toBe(422);
  const { errors } = (await response.json()) as { errors: { pointer: string }[] };
  expect(errors.map(({ pointer }) => pointer).sort((a, b) => (a < b ? -1 : 1))).toEqual([
    '/bytes',
    '/colour',
    '/contentType',
    '/sha256',
  ]);
  for (const name of ['a\r\nb', 'photo\u202egpj.exe', 'a\u2066b', 'a\u200fb', 'a\u061cb', 'a\u2028b', 'a\u0085b', '']) {
    const named = await api.request('/v1/files', { body: { contentType: 'a/b', bytes: 1, name } });
    expect([name, named.status, await named.json()]).toMatchObject([name, 422, { errors: [{ pointer: '/name' }] }]);
  }
  for (const name of ['שלום עולם.png', 'مرحبا.png', '写真 1.png', '👩‍👩‍👧.png']) {
    const named = await api.request('/v1/files', { body: { contentType: 'a/b', bytes: 1, name } });
    expect([named.status, await named.json()]).toMatchObject([201, { name }]);
  }
  const huge = await api.request('/v1/files', { body: { contentType: 'a/b', bytes: 2 ** 40 } });
  expect([huge.status, await huge.json()]).toMatchObject([422, { errors: [{ pointer: '/bytes' }] }]);
});

test('Files beyond the plan are answered 413 and 429, and the usage shows what is stored and promised', async () => {
  const limits = { bucketCapacity: null, refillPerSecond: null, requestsPerMonthMax: null, jobsWaitingMax: null };
  const plan = { ...limits, payloadBytesMax: null, concurrentRunsMax: null, storageBytesMax: 1_000 };
  expect((await api.request('/v1/plans/narrow-files', { method: 'PUT', body: plan })).status).toBe(201);
  const made = await api.request('/v1/tenants', { body: { name: 'narrow', plan: 'narrow-files' } });
  const { key } = ((await made.json()) as { firstKey: { key: string } }).firstKey;
  const create = (bytes: number) => api.request('/v1/files', { key, body: { contentType: 'a/b', bytes } });
  const outcomes = [];
  for (const bytes of [1_001, 2 ** 40, 1_000, 1]) {
    const response = await create(bytes);
    outcomes.push([response.status, ((await response.json()) as { code?: string }).code]);
  }
  expect(outcomes).toEqual([
    [413, 'file-exceeds-plan'],
    [413, 'file-exceeds-plan'],
    [201, undefined],
    [429, 'storage-full'],
  ]);
  const usage = await (await api.request('/v1/usage', { key })).json();
  expect(usage).toMatchObject({ storage: { bytes: 1_000, bytesMax: 1_000, deletedBytes: 0 } });
});

test('A job reads a file by its id, and the files that it writes last as long as the job', async () => {
  const bytes = randomBytes(300_000);
  const made = await createFile(bytes);
  expect((await put(made, bytes)).status).toBe(200);
  for (const kind of ['test.copy-file', 'test.copy-file-io']) {
    const job = await run(turno, kind, { fileId: made.id });
    expect(job.error).toBeNull();
    const { fileId } = job.output as { fileId: string };
    const copy = await read(fileId);
    expect(copy).toMatchObject({ state: 'ready', bytes: 300_000, jobId: job.id, expiresAt: null });
    expect(Buffer.from(await (await fetch(copy.download?.url ?? '')).arrayBuffer()).equals(bytes)).toBe(true);
    expect((await api.request(`/v1/jobs/${job.id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await api.request(`/v1/files/${fileId}`)).status).toBe(404);
    await eventually(async () => expect((await fetch(copy.download?.url ?? '')).status).toBe(404));
  }
});

test('A job that names a missing file or a file of another tenant fails at once with the reason', async () => {
  const stranger = await addKey('ten_second', ['jobs:read', 'jobs:write']);
  const body = { contentType: 'a/b', bytes: 1 };
  const { id } = (await (await api.request('/v1/files', { key: stranger, body })).json()) as Made;
  for (const fileId of [id, 'file_none']) {
    const job = await run(turno, 'test.copy-file', { fileId });
    expect(job).toMatchObject({ state: 'failed', attempt: 1, error: { code: 'file-not-found' } });
  }
});

test('A file that a waiting job or a schedule names does not expire before it runs', async () => {
  const { sql, close } = openPostgres({
    url: (await stores()).databaseUrl,
    poolMax: 1,
    prepare: true,
    name: 'looking',
  });
  const bytes = randomBytes(10);
  const [named, scheduled] = [await createFile(bytes), await createFile(bytes)];
  const daysLeft = async (file: Made) => {
    const [row] = await sql<{ days: number }[]>`
      SELECT extract(epoch FROM expires_at - now())::float8 / 86400 AS days FROM files WHERE id = ${file.id}`;
    return row?.days ?? 0;
  };
  const value = { pictures: [{ fileId: named.id }] };
  const stranger = await addKey('ten_third', ['jobs:read', 'jobs:write']);
  const later = { kind: 'test.noop', input: { value }, options: { delaySeconds: 3 * 86_400 } };
  expect((await api.request('/v1/jobs', { key: stranger, body: later })).status).toBe(202);
  expect(await daysLeft(named)).toBeLessThan(0.1);
  expect((await api.request('/v1/jobs/batch', { body: { jobs: [later, later] } })).status).toBe(202);
  expect(await daysLeft(named)).toBeGreaterThan(9.9);
  expect((await put(named, bytes)).status).toBe(200);
  expect(await read(named.id)).toMatchObject({ state: 'ready' });
  expect(await daysLeft(named)).toBeGreaterThan(9.9);

  const yearly = { cron: '0 0 1 1 *', kind: 'test.noop', input: { value: scheduled.id } };
  const made = await api.request('/v1/schedules/yearly', { method: 'PUT', body: yearly });
  const { nextRunAt } = (await made.json()) as { nextRunAt: string };
  const enough = (Date.parse(nextRunAt) - Date.now()) / 86_400_000 + 6.9;
  expect(await daysLeft(scheduled)).toBeGreaterThan(enough);
  await sql`UPDATE files SET expires_at = now() + interval '1 hour' WHERE id = ${scheduled.id}`;
  await sql`UPDATE schedules SET next_run_at = now() WHERE name = 'yearly'`;
  await eventually(async () => expect(await daysLeft(scheduled)).toBeGreaterThan(enough));
  await close();
});

test('The files of an attempt that may still finish do not expire, however late it finishes', async () => {
  const { sql, close } = openPostgres({
    url: (await stores()).databaseUrl,
    poolMax: 1,
    prepare: true,
    name: 'looking',
  });
  const later = { kind: 'test.noop', input: {}, options: { delaySeconds: 3_600 } };
  const { id } = (await (await api.request('/v1/jobs', { body: later })).json()) as { id: string };
  await sql`INSERT INTO files (id, tenant_id, object_key, state, content_type, bytes, expires_at, job_id, ticket)
    SELECT 'file_late' || n, 'ten_first', 'late/' || n, 'ready', 'a/b', 1, now() - interval '1 hour', ${id}, n
    FROM generate_series(0, 1) n`;
  const left = () => sql`SELECT id, state FROM files WHERE job_id = ${id}`;
  await eventually(async () => expect(await left()).toEqual([{ id: 'file_late1', state: 'ready' }]));
  expect((await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' })).status).toBe(200);
  await eventually(async () => expect(await left()).toEqual([]));
  await close();
});

test('The files of a failed attempt expire', async () => {
  const bytes = randomBytes(100);
  const made = await createFile(bytes);
  await put(made, bytes);
  const job = await run(turno, 'test.copy-file', { fileId: made.id, fail: true }, { maxAttempts: 1 });
  expect(job.state).toBe('failed');
  const { databaseUrl } = await stores();
  const { sql, close } = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'looking' });
  const rows = await sql<{ id: string; soon: boolean }[]>`
    SELECT id, expires_at < now() + interval '2 hours' AS soon FROM files WHERE job_id = ${job.id}`;
  expect(rows.map(({ soon }) => soon)).toEqual([true]);
  await sql`UPDATE files SET expires_at = now() WHERE job_id = ${job.id}`;
  await eventually(async () => {
    expect(await sql`SELECT id FROM files WHERE job_id = ${job.id}`).toHaveLength(0);
  });
  await close();
});

test('An output that is too large for a row is a file behind the same URL', async () => {
  const value = 'ä'.repeat(30_000);
  const job = await run(turno, 'test.noop', { value });
  expect([job.state, job.output]).toEqual(['completed', null]);
  const answer = await turno.request(`/v1/jobs/${job.id}/output`, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([303, 'no-store']);
  const followed = await fetch(answer.headers.get('location') ?? '');
  expect(followed.headers.get('content-type')).toBe('application/json');
  expect(await followed.json()).toEqual({ value });
  expect(
    await (
      await fetch(`${turno.api}${job.links.output}`, { headers: { authorization: `Bearer ${turno.key}` } })
    ).json(),
  ).toEqual({ value });
});

test('A process with another files folder than its database, or with half of the S3 credentials, does not start', async () => {
  const half = await testSettings({ S3_BUCKET: 'bucket', S3_ACCESS_KEY_ID: 'id' });
  await expect(startApp('api', half)).rejects.toThrow(/S3_SECRET_ACCESS_KEY: set both/);
  const elsewhere = await testSettings({ FILES_DIR: `${(await stores()).filesDir}-elsewhere` });
  for (const app of ['worker', 'api'] as const) {
    await expect(startApp(app, elsewhere)).rejects.toThrow(/is not the folder that this database’s|is not the folder/);
  }
});

test('Partial uploads of killed processes are removed after a day', async () => {
  const incoming = path.join((await stores()).filesDir, 'incoming');
  for (const name of ['left', 'coming']) {
    await mkdir(path.join(incoming, name), { recursive: true });
    await writeFile(path.join(incoming, name, 'data'), 'half of it');
  }
  await utimes(path.join(incoming, 'left'), 0, Date.now() / 1_000 - 90_000);
  await eventually(async () => expect(await readdir(incoming)).toEqual(['coming']));
});

test('Without the file server jobs still read and write files and the API stays ready; downloads work again with it', async () => {
  const bytes = randomBytes(300);
  const made = await createFile(bytes);
  expect((await put(made, bytes)).status).toBe(200);
  files.kill('SIGKILL');
  await files.exited;
  await expect(put(made, bytes)).rejects.toThrow();
  await expect(fetch((await read(made.id)).download?.url ?? '')).rejects.toThrow();
  expect((await api.request('/readyz')).status).toBe(200);
  const job = await run(turno, 'test.copy-file', { fileId: made.id });
  expect(job.state).toBe('completed');
  const later = await createFile(bytes);
  const before = files.addresses['files'] ?? '';
  files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  const back = (url = '') => url.replace(before, files.addresses['files'] ?? '');
  const copy = await read((job.output as { fileId: string }).fileId);
  expect((await fetch(back(copy.download?.url))).status).toBe(200);
  expect((await put({ ...later, upload: { ...later.upload, url: back(later.upload.url) } }, bytes)).status).toBe(200);
});
