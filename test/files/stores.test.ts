import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  createLocalStore,
  createUrlSigner,
  identifyFolder,
  LocalFolder,
  ObjectExists,
  ObjectMissing,
  openS3Store,
  type ObjectStore,
} from '@turno/files';
import { describe, expect, onTestFinished, test } from 'vitest';
import { credentials, openBucket } from '../support/http/bucket.ts';
import { startApp } from '../support/apps/start-app.ts';

const secret = 'a secret of at least thirty-two characters';

async function localStore(): Promise<ObjectStore> {
  const dir = await mkdtemp(path.join(tmpdir(), 'turno-store-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const app = await startApp('files', { FILES_PORT: '0', FILES_DIR: dir, SECRET_KEY: secret });
  const signer = createUrlSigner([secret]);
  return createLocalStore({ folder: new LocalFolder(dir), signer, publicUrl: app.addresses['files'] ?? '' });
}

async function bucketStore(): Promise<ObjectStore> {
  const { endpoint } = await openBucket();
  const store = await openS3Store({
    bucket: 'turno',
    region: 'us-east-1',
    endpoint,
    forcePathStyle: true,
    credentials,
  });
  onTestFinished(() => store.close());
  return store;
}

const hex = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const contentType = 'image/png';
const put = ({ url, headers }: { url: string; headers: Record<string, string> }, bytes: Uint8Array) =>
  fetch(url, { method: 'PUT', headers, body: new Uint8Array(bytes) });

describe.each([
  ['a folder', localStore],
  ['a bucket', bucketStore],
])('The object store: %s', (_what, open) => {
  test('An upload by signed URL is downloaded under the requested name and type', async () => {
    const store = await open();
    const bytes = randomBytes(50_000);
    const object = { key: 'ten/in/file_1', contentType, bytes: bytes.length, sha256: hex(bytes) };
    expect(await store.stat(object.key)).toBeUndefined();
    const upload = await store.signUpload(object, 60);
    expect((await put(upload, bytes)).status).toBe(200);
    expect(await store.stat(object.key)).toEqual({ bytes: bytes.length, sha256: hex(bytes) });
    const { url } = await store.signDownload({
      key: object.key,
      contentType,
      name: 'a ü.png',
      expiresInSeconds: 60,
    });
    const down = await fetch(url);
    expect([down.status, down.headers.get('content-type')]).toEqual([200, contentType]);
    expect(down.headers.get('content-disposition')).toMatch(/^attachment; filename="a \?\.png"; filename\*=/);
    expect(Buffer.from(await down.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await store.read(object.key, 50_000)).equals(bytes)).toBe(true);
    await expect(store.read(object.key, 49_999)).rejects.toThrow(RangeError);
  });

  test('An upload with another checksum, type or length, or after the expiry of its URL, is rejected', async () => {
    const store = await open();
    const bytes = randomBytes(1_000);
    const object = { key: 'ten/in/file_2', contentType, bytes: bytes.length, sha256: hex(bytes) };
    const upload = await store.signUpload(object, 60);
    const refusals = [
      put(upload, randomBytes(1_000)),
      put({ ...upload, headers: { ...upload.headers, 'Content-Type': 'text/html' } }, bytes),
      put(upload, bytes.subarray(1)),
      put(await store.signUpload(object, 0), bytes),
    ];
    for (const refusal of refusals) expect((await refusal).ok).toBe(false);
    expect(await store.stat(object.key)).toBeUndefined();
    const { url } = await store.signDownload({ key: object.key, contentType, expiresInSeconds: 0 });
    expect((await fetch(url)).status).toBe(403);
    expect((await fetch(url.replace('file_2', 'file_3'))).status).toBe(403);
  });

  test('An object is never written twice', async () => {
    const store = await open();
    const [first, second] = [randomBytes(10), randomBytes(10)];
    const object = { key: 'ten/in/file_4', contentType, bytes: 10 };
    expect(await store.write(object.key, contentType, first)).toEqual({ bytes: 10, sha256: hex(first) });
    await expect(store.write(object.key, contentType, second)).rejects.toThrow(ObjectExists);
    expect((await put(await store.signUpload(object, 60), second)).ok).toBe(false);
    expect((await store.read(object.key, 10)).equals(first)).toBe(true);
  });

  test('A removed object is gone, and the removal of a missing object succeeds', async () => {
    const store = await open();
    await store.write('ten/out/a', contentType, randomBytes(1));
    await store.remove(['ten/out/a', 'ten/out/b']);
    expect(await store.stat('ten/out/a')).toBeUndefined();
    await expect(store.read('ten/out/a', 1)).rejects.toThrow(ObjectMissing);
  });
});

test('Many processes that start at once agree on the id of their folder', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'turno-store-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const folders = Array.from({ length: 20 }, (_, index) => path.join(dir, String(index)));
  for (const folder of folders) {
    const names = await Promise.all(Array.from({ length: 8 }, () => identifyFolder(folder)));
    expect(new Set(names).size).toBe(1);
    expect(await readdir(folder)).toEqual(['store-id']);
  }
});
