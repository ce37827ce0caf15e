import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem } from '@turno/contract';
import {
  createLocalStore,
  createUpload,
  createUrlSigner,
  deleteFile,
  eraseExpiredFiles,
  type FileDeps,
  LocalFolder,
  storeJobFile,
} from '@turno/files';
import { openPostgres, type Postgres, readStorage } from '@turno/postgres';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { atEndOfFile } from '../support/end-of-file.ts';
import { stores } from '../support/stores/stores.ts';

let sql: Postgres['sql'];
let deps: FileDeps;
let tenantId: string;
beforeAll(async () => {
  const postgres = openPostgres({ url: (await stores()).databaseUrl, poolMax: 10, prepare: true, name: 'storage' });
  atEndOfFile(() => postgres.close());
  sql = postgres.sql;
  const dir = await mkdtemp(path.join(tmpdir(), 'turno-storage-'));
  atEndOfFile(() => rm(dir, { recursive: true }));
  const signer = createUrlSigner(['a secret of at least thirty-two characters']);
  const store = createLocalStore({ folder: new LocalFolder(dir), signer, publicUrl: 'http://files.example' });
  deps = { sql, store, retentionDays: 7 };
  await sql`INSERT INTO plans (name, storage_bytes_max) VALUES ('small', 1000)`;
});
beforeEach(async () => {
  tenantId = `ten_${randomUUID()}`;
  await sql`INSERT INTO tenants (id, name, plan) VALUES (${tenantId}, 'one', 'small')`;
});

const create = (bytes: number) => createUpload(deps, tenantId, { contentType: 'a/b', bytes });
const used = () => readStorage(sql, tenantId);

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Compares the sums with the rows that they are of. */
async function expectTrueSums(): Promise<void> {
  const [sums] = await sql`
    SELECT coalesce(sum(bytes) FILTER (WHERE state <> 'deleted'), 0)::float8 AS bytes,
      coalesce(sum(bytes) FILTER (WHERE state = 'deleted'), 0)::float8 AS "deletedBytes"
    FROM files WHERE tenant_id = ${tenantId}`;
  expect(await used()).toEqual({ ...sums });
}

test('An upload address promises its bytes, and one beyond the plan is refused without a trace', async () => {
  await create(600);
  expect(await refusal(create(401))).toBe('storage-full');
  expect(await refusal(create(400))).toBe('accepted');
  expect(await refusal(create(1))).toBe('storage-full');
  expect(await used()).toEqual({ bytes: 1_000, deletedBytes: 0 });
  expect(await sql`SELECT FROM files WHERE tenant_id = ${tenantId}`).toHaveLength(2);
});

test('Parallel requests do not exceed the plan together', async () => {
  const outcomes = await Promise.all(Array.from({ length: 40 }, () => refusal(create(100))));
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(10);
  expect(outcomes.filter((outcome) => outcome === 'storage-full')).toHaveLength(30);
  await expectTrueSums();
});

test('A deleted file gives its bytes back at once', async () => {
  const { file } = await create(1_000);
  await deleteFile(deps, tenantId, file.id);
  expect(await used()).toEqual({ bytes: 0, deletedBytes: 1_000 });
  expect(await refusal(create(1_000))).toBe('accepted');
});

test('Addresses of deleted files are bounded: their bytes may still arrive until they lapse', async () => {
  const { file } = await create(1_000);
  await deleteFile(deps, tenantId, file.id);
  const second = await create(1_000);
  await deleteFile(deps, tenantId, second.file.id);
  expect(await refusal(create(1))).toBe('storage-full');
  await sql`UPDATE files SET created_at = now() - interval '2 hours' WHERE tenant_id = ${tenantId}`;
  await eraseExpiredFiles(deps, 1_000);
  expect(await used()).toEqual({ bytes: 0, deletedBytes: 0 });
  expect(await refusal(create(1_000))).toBe('accepted');
});

test('An address that lapses unused gives its bytes back', async () => {
  await create(1_000);
  await sql`UPDATE files SET created_at = now() - interval '2 hours', expires_at = now() WHERE tenant_id = ${tenantId}`;
  await eraseExpiredFiles(deps, 1_000);
  expect(await used()).toEqual({ bytes: 0, deletedBytes: 0 });
  await expectTrueSums();
});

test('Files that attempts write count too, and one beyond the plan is not stored', async () => {
  const maker = { tenantId, jobId: 'job_none', ticket: 1 };
  const write = (length: number) =>
    storeJobFile(deps, maker, { name: null, contentType: 'a/b', bytes: new Uint8Array(length) });
  await write(900);
  expect(await refusal(write(101))).toBe('storage-full');
  expect(await used()).toEqual({ bytes: 900, deletedBytes: 0 });
  await expectTrueSums();
});

test('A tenant without a limit of storage creates files of any number, and they are counted', async () => {
  await sql`UPDATE tenants SET plan = 'unlimited' WHERE id = ${tenantId}`;
  for (let index = 0; index < 5; index += 1) await create(2 ** 40);
  expect(await used()).toEqual({ bytes: 5 * 2 ** 40, deletedBytes: 0 });
});
