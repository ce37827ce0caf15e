import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createLocalStore, createUrlSigner, LocalFolder, type ObjectStore } from '@turno/files';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pino } from 'pino';
import { serveObjects } from '../../apps/files/src/serve-objects.ts';
import { eventually } from '../support/eventually.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { serve } from '../support/http/serve-files.ts';
import { startApp, type App } from '../support/apps/start-app.ts';

const secret = 'a secret of at least thirty-two characters';
let dir: string;
let app: App;
let store: ObjectStore;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'turno-files-'));
  app = await startApp('files', { FILES_PORT: '0', FILES_DIR: dir, SECRET_KEY: secret });
  store = createLocalStore({
    folder: new LocalFolder(dir),
    signer: createUrlSigner([secret]),
    publicUrl: app.addresses['files'] ?? '',
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
let made = 0;

async function promise(bytes: Uint8Array, more: { checksum?: string; contentType?: string; length?: number } = {}) {
  made += 1;
  const key = `in/file_${made}`;
  const { checksum, contentType = 'application/octet-stream', length = bytes.length } = more;
  const { url, headers } = await store.signUpload({ key, contentType, bytes: length, sha256: checksum }, 60);
  const put = (body: Uint8Array, other: Record<string, string> = {}) =>
    fetch(url, { method: 'PUT', body: new Uint8Array(body), headers: { ...headers, ...other } });
  return { key, url, put };
}

const incoming = () => readdir(path.join(dir, 'incoming')).catch(() => []);

test('An uploaded file is downloaded byte for byte, whole and in ranges, and a browser never runs it', async () => {
  const bytes = randomBytes(300_000);
  const { key, put } = await promise(bytes, { checksum: sha256(bytes), contentType: 'image/png' });
  expect((await put(bytes)).status).toBe(200);
  const { url } = await store.signDownload({
    key,
    contentType: 'image/png',
    name: 'naïve "file"\r\n.png',
    expiresInSeconds: 60,
  });
  const down = await fetch(url);
  expect(Buffer.from(await down.arrayBuffer()).equals(bytes)).toBe(true);
  expect(Object.fromEntries(down.headers)).toMatchObject({
    'content-type': 'image/png',
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    'accept-ranges': 'bytes',
    etag: `"${sha256(bytes)}"`,
  });
  expect(down.headers.get('content-disposition')).toMatch(/^attachment; filename="[^\r\n]*"; filename\*=UTF-8''/);
  const part = await fetch(url, { headers: { range: 'bytes=100-199' } });
  expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 100-199/300000']);
  expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(100, 200))).toBe(true);
  expect((await fetch(url, { headers: { range: 'bytes=300000-' } })).status).toBe(416);
});

test('Unusual ranges are answered by RFC 9110', async () => {
  const bytes = randomBytes(1_000);
  const { key, put } = await promise(bytes);
  await put(bytes);
  const { url } = await store.signDownload({ key, contentType: 'a/b', expiresInSeconds: 60 });
  const answers: [string, number, Uint8Array | undefined][] = [
    ['bytes=0-', 206, bytes],
    ['bytes=-5', 206, bytes.subarray(995)],
    ['bytes=-5000', 200, bytes],
    ['bytes=-0', 416, undefined],
    ['bytes=5-2', 416, undefined],
    ['bytes=999-5000', 206, bytes.subarray(999)],
    ['bytes=0-1,5-6', 200, bytes],
    ['bytes=a-b', 200, bytes],
    ['lines=1-2', 200, bytes],
    [`bytes=${'0-1,'.repeat(500)}0-1`, 206, bytes.subarray(0, 2)],
  ];
  for (const [range, status, expected] of answers) {
    const response = await fetch(url, { headers: { range } });
    const body = Buffer.from(await response.arrayBuffer());
    expect([range, response.status, expected === undefined || body.equals(expected)]).toEqual([range, status, true]);
  }
  const other = await fetch(url, { headers: { range: 'bytes=0-1', 'if-range': '"another"' } });
  expect([other.status, other.headers.get('content-length')]).toEqual([200, '1000']);
});

test('An upload that outlasts its file is rejected and leaves nothing', async () => {
  let now = Date.now();
  const folder = new LocalFolder(dir);
  const signer = createUrlSigner([secret]);
  const listener = serveObjects({ folder, signer, log: pino({ enabled: false }), origins: new Set(), now: () => now });
  const base = await serve(listener);
  const grant = { method: 'PUT', key: 'in/file_late', contentType: 'a/b', bytes: 2 } as const;
  const path = signer.sign({ ...grant, expires: Math.floor(now / 1_000) + 60 });
  const headers = { 'content-type': 'a/b', 'content-length': '2' };
  const status = await new Promise((resolve, reject) => {
    const upload = request(`${base}${path}`, { method: 'PUT', headers }, (res) => resolve(res.statusCode));
    upload.once('error', reject).write('1', () => {
      void eventually(async () => expect(await incoming()).toHaveLength(1)).then(() => {
        now += 42 * 60_000;
        upload.end('2');
      });
    });
  });
  expect(status).toBe(408);
  expect([await folder.stat(grant.key), await incoming()]).toEqual([undefined, []]);
});

test('Twenty uploads to one URL at once take the space of one, and all succeed with the same bytes', async () => {
  const bytes = randomBytes(300_000);
  const { key, url } = await promise(bytes);
  const headers = { 'content-type': 'application/octet-stream', 'content-length': '300000' };
  const uploads = Array.from({ length: 20 }, () => request(url, { method: 'PUT', headers }));
  const statuses = uploads.map(
    (upload) =>
      new Promise((resolve, reject) => {
        upload.once('error', reject).once('response', (res) => resolve(res.resume().statusCode));
      }),
  );
  for (const upload of uploads) upload.write(bytes.subarray(0, 200_000));
  await eventually(async () => expect(await incoming()).toHaveLength(1));
  await Promise.all(Array.from({ length: 20 }, async () => expect((await incoming()).length).toBeLessThanOrEqual(1)));
  for (const upload of uploads) upload.end(bytes.subarray(200_000));
  expect(await Promise.all(statuses)).toEqual(Array(20).fill(200));
  expect([(await store.stat(key))?.sha256, await incoming()]).toEqual([sha256(bytes), []]);
});

describe('An upload that does not match its announcement is rejected and leaves nothing', () => {
  const bytes = Buffer.from('0123456789');

  test.each([
    ['another type', {}, bytes, { 'content-type': 'text/html' }, 415],
    ['an encoding', {}, bytes, { 'content-encoding': 'gzip' }, 415],
    ['more bytes', {}, Buffer.from('0123456789x'), {}, 413],
    ['fewer bytes', {}, Buffer.from('012345678'), {}, 422],
    ['another checksum', { checksum: sha256(bytes) }, Buffer.from('012345678x'), {}, 422],
  ])('An upload with a mismatch is rejected: %s', async (_what, more, body, headers, status) => {
    const { key, put } = await promise(bytes, more);
    const response = await put(body, headers);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json']);
    expect(await store.stat(key)).toBeUndefined();
    expect(await incoming()).toEqual([]);
  });

  test('An upload without a length is rejected', async () => {
    const { key, url } = await promise(bytes);
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' };
      request(url, { method: 'PUT', headers }, (res) => resolve(res.statusCode))
        .once('error', reject)
        .end(bytes);
    });
    expect(status).toBe(411);
    expect(await store.stat(key)).toBeUndefined();
  });

  test('An upload whose connection ends early leaves nothing', async () => {
    const { key, url } = await promise(randomBytes(100_000));
    const headers = { 'content-type': 'application/octet-stream', 'content-length': '100000' };
    const half = request(url, { method: 'PUT', headers }).on('error', () => {});
    half.write(randomBytes(50_000), () => half.destroy());
    await eventually(async () => {
      expect(app.output()).toContain(`/objects/${key}`);
      expect(await incoming()).toEqual([]);
    });
    expect(await store.stat(key)).toBeUndefined();
  });
});

test('An object never changes: the same bytes again succeed, other bytes conflict, also concurrently', async () => {
  const [first, second] = [Buffer.from('first'), Buffer.from('other')];
  const { key, put } = await promise(first);
  const answers = await Promise.all([put(first), put(first), put(second), put(second)]);
  const statuses = answers.map(({ status }) => status).sort((a, b) => a - b);
  expect(statuses).toEqual([200, 200, 409, 409]);
  const winner = (await store.read(key, 100)).toString();
  expect((await put(Buffer.from(winner))).status).toBe(200);
  expect((await put(winner === 'first' ? second : first)).status).toBe(409);
});

test('A URL without a signature is rejected, whether the file exists or not', async () => {
  const bytes = Buffer.from('x');
  const { key, url, put } = await promise(bytes);
  expect((await put(bytes)).status).toBe(200);
  const base = app.addresses['files'] ?? '';
  const addresses = [
    `/objects/${key}`,
    '/objects/none',
    '/',
    '/store-id',
    '/objects/../store-id',
    `/objects/${key}?x=1`,
  ];
  for (const address of addresses) expect([address, (await fetch(`${base}${address}`)).status]).toEqual([address, 403]);
  for (const method of ['GET', 'HEAD', 'DELETE', 'POST']) {
    const { status, headers } = await fetch(url, { method });
    const expected = ['GET', 'HEAD'].includes(method) ? [403, null] : [405, 'GET, HEAD, PUT, OPTIONS'];
    expect([method, status, headers.get('allow')]).toEqual([method, ...expected]);
  }
  const { url: gone } = await store.signDownload({ key: 'in/none', contentType: 'a/b', expiresInSeconds: 60 });
  expect((await fetch(gone)).status).toBe(404);
  const { url: late } = await store.signDownload({ key, contentType: 'a/b', expiresInSeconds: -1 });
  expect([(await fetch(late)).status, (await (await fetch(late)).json()) as object]).toMatchObject([403, {}]);
  expect(app.output()).not.toContain('signature');
});

test('HEAD on a signed URL of a download has the headers of GET and no bytes', async () => {
  const bytes = randomBytes(1_000);
  const { key, put } = await promise(bytes);
  await put(bytes);
  const { url } = await store.signDownload({ key, contentType: 'a/b', name: 'a.b', expiresInSeconds: 60 });
  const [head, get] = [await fetch(url, { method: 'HEAD' }), await fetch(url)];
  const shown = ({ status, headers }: Response) =>
    [status, ...['content-length', 'content-type', 'content-disposition', 'etag', 'accept-ranges'].map((name) => headers.get(name))]; // prettier-ignore
  expect(shown(head)).toEqual(shown(get));
  expect(shown(head).slice(0, 3)).toEqual([200, '1000', 'a/b']);
  expect(await head.text()).toBe('');
  const { url: none } = await store.signDownload({ key: 'in/none', contentType: 'a/b', expiresInSeconds: 60 });
  expect((await fetch(none, { method: 'HEAD' })).status).toBe(404);
  expect((await fetch(url.replace('expires=1', 'expires=2'), { method: 'HEAD' })).status).toBe(403);
});

test('A client reads the refusal of an upload after it has sent all of its bytes', async () => {
  const { url } = await promise(Buffer.alloc(1), { length: 1 });
  const { socket, closed } = openRaw(url);
  const { pathname, search } = new URL(url);
  const head = [`PUT ${pathname}${search} HTTP/1.1`, 'Host: a', 'Connection: close', 'Content-Length: 5000000'];
  socket.write([...head, 'Content-Type: application/octet-stream', '', ''].join('\r\n'));
  for (let sent = 0; sent < 5_000_000; sent += 100_000) {
    if (!socket.write(Buffer.alloc(100_000))) await once(socket, 'drain');
  }
  expect((await closed).match(/^HTTP\/1.1 413 /gm)).toHaveLength(1);
});

test('A transfer in progress completes after SIGTERM', async () => {
  const other = await startApp('files', { FILES_PORT: '0', FILES_DIR: dir, SECRET_KEY: secret });
  const bytes = randomBytes(100_000);
  const { key, url } = await promise(bytes);
  const { port } = new URL(other.addresses['files'] ?? '');
  const target = new URL(url);
  target.port = port;
  const headers = { 'content-type': 'application/octet-stream', 'content-length': '100000' };
  const answered = new Promise<number | undefined>((resolve, reject) => {
    const upload = request(target, { method: 'PUT', headers }, (res) => resolve(res.resume().statusCode));
    upload.once('error', reject).write(bytes.subarray(0, 50_000), () => {
      void eventually(async () => expect(await incoming()).toHaveLength(1)).then(() => {
        other.kill('SIGTERM');
        return eventually(() => expect(other.output()).toContain('"stopping"')).then(() =>
          upload.end(bytes.subarray(50_000)),
        );
      });
    });
  });
  expect(await answered).toBe(200);
  expect(await other.exited).toBe(0);
  expect((await store.stat(key))?.sha256).toBe(sha256(bytes));
});
