import { createClient, type Client, type TurnoError } from '@turno/client';
import { beforeAll, expect, test } from 'vitest';
import { checkedFetch } from '../support/http/checked-request.ts';
import { type OpenApi, toPattern } from '../support/http/conforms.ts';
import { eventually } from '../support/eventually.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startReceiver, reply } from '../support/http/receivers.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings, type Turno } from '../support/apps/start-turno.ts';
import { quickWebhooks } from '../support/http/webhooks.ts';

let turno: Turno;
let client: Client;
/** `GET /v1/jobs`, and so on, as they were sent. */
const sent: string[] = [];
beforeAll(async () => {
  const files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  const FILES_PUBLIC_URL = files.addresses['files'] ?? '';
  turno = await startTurno({ ...quickWebhooks, FILES_PUBLIC_URL, KINDS_DIR: testKindsDir });
  const recorded: typeof fetch = (input, init = {}) => {
    const url = input instanceof Request ? input.url : input.toString();
    if (!url.startsWith(turno.api)) return fetch(url, init);
    sent.push(`${init.method ?? 'GET'} ${new URL(url).pathname}`);
    return checkedFetch(turno.api, url.slice(turno.api.length), init);
  };
  client = createClient({ url: turno.api, key: turno.key, fetch: recorded });
});

const refusal = (call: Promise<unknown>) => call.catch((error: unknown) => (error as TurnoError).code);
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

test('The typed client submits, awaits, follows, lists, cancels, retries and deletes jobs', async () => {
  const job = await client.submit('math.sum-of-squares', { n: 3 }, { tags: ['one'] });
  expect(await client.wait(job.id)).toMatchObject({ state: 'completed', output: { sum: '5' } });
  expect([await client.input(job.id), await client.output(job.id)]).toEqual([{ n: 3 }, { sum: '5' }]);
  const types = (await all(client.events(job.id))).map(({ type }) => type);
  expect(types.at(-1)).toBe('done');
  const inputs = [1, 2, 3].map((value) => ({ kind: 'test.noop', input: { value }, options: { tags: ['many'] } }));
  const batch = await client.submitBatch(inputs);
  const newest = batch.map(({ id }) => id).reverse();
  await eventually(async () => expect((await client.list({ tag: 'many' })).jobs).toHaveLength(3));
  expect((await all(client.listAll({ tag: 'many', limit: 1 }))).map(({ id }) => id)).toEqual(newest);
  const later = await client.submit('test.noop', {}, { delaySeconds: 600, tags: ['later'] });
  expect(await refusal(client.output(later.id))).toBe('job-not-completed');
  expect((await client.cancel(later.id)).state).toBe('cancelled');
  expect((await client.retry(later.id)).run).toBe(2);
  await client.wait(later.id);
  expect(await client.retryFailed({ tag: 'none' })).toBe(0);
  await client.delete(later.id);
  expect(await refusal(client.get(later.id))).toBe('job-not-found');
});

test('The typed client lists, runs, pauses and resumes kinds and queues', async () => {
  expect((await client.kinds.list()).map(({ name }) => name)).toContain('math.sum-of-squares');
  expect((await client.kinds.get('report.usage')).cacheable).toBe(true);
  expect(await client.kinds.run('math.sum-of-squares', { n: 4 })).toEqual({ sum: '14' });
  expect(await refusal(client.kinds.run('test.noop', {}))).toBe('unknown-kind');
  await client.kinds.pause('test.noop');
  await client.kinds.resume('test.noop');
  await client.queues.pause('io');
  expect((await client.queues.list()).map(({ name, paused }) => [name, paused])).toContainEqual(['io', true]);
  await client.queues.resume('io');
});

test('The typed client puts, reads, lists, runs and deletes schedules', async () => {
  const put = await client.schedules.put('nightly', { cron: '0 3 * * *', kind: 'test.noop', input: {} });
  expect(await client.schedules.get('nightly')).toEqual(put);
  expect((await client.schedules.list()).map(({ name }) => name)).toEqual(['nightly']);
  const { id } = await client.schedules.run('nightly');
  expect((await client.wait(id)).kind).toBe('test.noop');
  await client.schedules.delete('nightly');
  expect(await refusal(client.schedules.get('nightly'))).toBe('schedule-not-found');
});

test('The typed client creates, uploads, reads, downloads and deletes files', async () => {
  const bytes = new TextEncoder().encode('a few words');
  const created = await client.files.create({ contentType: 'text/plain', bytes: bytes.length });
  expect(await refusal(client.files.download(created.id))).toBe('file-not-uploaded');
  const file = await client.files.upload(new Blob([bytes]), { contentType: 'text/plain', name: 'words.txt' });
  expect(file).toMatchObject({ state: 'ready', bytes: bytes.length, name: 'words.txt' });
  expect(await (await client.files.download(file.id)).text()).toBe('a few words');
  await client.files.delete(file.id);
  expect(await refusal(client.files.get(file.id))).toBe('file-not-found');
});

test('The typed client registers, changes, lists, redelivers and deletes endpoints and deliveries', async () => {
  const receiver = await startReceiver(reply(200));
  const { id, secret } = await client.endpoints.create({ url: receiver.url });
  expect(secret).toMatch(/^whsec_/);
  expect((await client.endpoints.change(id, { events: ['job.completed'] })).events).toEqual(['job.completed']);
  expect((await client.endpoints.list()).map((endpoint) => endpoint.id)).toEqual([id]);
  expect((await client.endpoints.rotateSecret(id)).secret).not.toBe(secret);
  const jobs = [await client.submit('test.noop', {}), await client.submit('test.noop', {})];
  const delivered = await eventually(async () => {
    const found = await all(client.deliveries.listAll({ endpoint: id, state: 'delivered', limit: 1 }));
    expect(found.map(({ job }) => job).sort()).toEqual(jobs.map((job) => job.id).sort());
    return found;
  });
  const one = String(delivered[0]?.id);
  expect((await client.deliveries.get(one)).attempts).toHaveLength(1);
  expect((await client.deliveries.redeliver(one)).id).toBe(one);
  expect(await client.endpoints.redeliverSince(id, new Date(0))).toBe(0);
  await client.endpoints.delete(id);
  expect(await refusal(client.endpoints.get(id))).toBe('endpoint-not-found');
});

test('The typed client creates, reads, changes and revokes keys, tenants, plans and usage', async () => {
  const limits = { refillPerSecond: null, bucketCapacity: null, requestsPerMonthMax: 1 };
  const plan = {
    ...limits,
    jobsWaitingMax: null,
    payloadBytesMax: null,
    storageBytesMax: null,
    concurrentRunsMax: null,
  };
  expect(await client.plans.put('single', plan)).toEqual({ name: 'single', ...plan });
  expect((await client.plans.list()).map(({ name }) => name)).toContain('single');
  const { id, firstKey } = await client.tenants.create({ name: 'Acme', plan: 'single' });
  expect((await all(client.tenants.listAll())).map((tenant) => tenant.id)).toContain(id);
  const theirs = createClient({ url: turno.api, key: firstKey.key });
  const key = await theirs.keys.create({ scopes: ['jobs:read', 'jobs:write'] });
  const submitter = createClient({ url: turno.api, key: key.key });
  await submitter.submit('test.noop', {});
  // No use in coming again before the next month: it says so at once.
  expect(await refusal(submitter.submit('test.noop', {}))).toBe('quota-exceeded');
  expect((await submitter.usage()).requests).toMatchObject({ used: 1, max: 1 });
  expect((await theirs.keys.list()).map((one) => one.id)).toContain(key.id);
  await theirs.keys.revoke(key.id);
  const mine = await client.keys.create({ scopes: ['jobs:read'], name: 'mine' });
  expect((await client.keys.list()).map(({ name }) => name)).toContain('mine');
  await client.keys.revoke(mine.id);
  expect((await client.tenants.change(id, { plan: 'free' })).plan).toBe('free');
  await client.tenants.disable(id);
  expect((await client.tenants.get(id)).disabledAt).not.toBeNull();
  expect((await client.tenants.createKey(id, { scopes: ['admin'] })).scopes).toEqual(['admin']);
  expect((await client.usage()).requests.used).toBeGreaterThan(0);
  await client.tenants.delete(id);
  expect((await client.tenants.get(id)).deletedAt).not.toBeNull();
});

test('The typed client reads, cancels and retries the jobs of a tenant', async () => {
  const jobs = client.tenants.jobs('ten_first');
  const { id } = await client.submit('test.noop', { value: 3 }, { delaySeconds: 3_600 });
  expect((await jobs.list({ kind: 'test.noop' })).jobs.map((job) => job.id)).toContain(id);
  expect(await jobs.input(id)).toMatchObject({ value: 3 });
  expect(await jobs.cancel(id)).toMatchObject({ state: 'cancelled' });
  expect(await jobs.retry(id)).toMatchObject({ run: 2 });
  expect(await jobs.wait(id)).toMatchObject({ state: 'completed' });
  expect(await jobs.output(id)).toEqual((await jobs.get(id)).output);
  expect(await jobs.retryFailed({ tag: 'no job has it' })).toBe(0);
});

test('A worker cancels the jobs of a deleted tenant, and the operator still reads them and cannot start them', async () => {
  const { id, firstKey } = await client.tenants.create({ name: 'Leaving' });
  const theirs = createClient({ url: turno.api, key: firstKey.key });
  const job = await theirs.submit('test.noop', {}, { delaySeconds: 3_600 });
  await client.tenants.delete(id);
  const jobs = client.tenants.jobs(id);
  await eventually(async () => expect((await jobs.get(job.id)).state).toBe('cancelled'));
  expect(await refusal(jobs.retry(job.id))).toBe('tenant-deleted');
});

test('The typed client has a call for each operation of the document that needs a key', async () => {
  const { paths } = (await (await turno.request('/openapi.json')).json()) as OpenApi;
  const operations = Object.entries(paths)
    .filter(([address]) => address.startsWith('/v1/'))
    .flatMap(([address, methods]) => Object.keys(methods).map((method) => [method.toUpperCase(), address] as const));
  expect(operations.length).toBeGreaterThan(40);
  const missing = operations.filter(([method, address]) => {
    const pattern = toPattern(address);
    return !sent.some((line) => line.startsWith(`${method} `) && pattern.test(line.slice(method.length + 1)));
  });
  expect(missing).toEqual([]);
});
