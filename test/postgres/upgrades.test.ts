import { readdirSync } from 'node:fs';
import path from 'node:path';
import { claimJobs, findApiKey, finishJobs, migrateDatabase, openPostgres, readJobs, retryJobs } from '@turno/postgres';
import type { Sql } from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { emptyDatabase, runSchemaFile } from '../support/stores/empty-database.ts';
import { readCatalog } from '../support/stores/read-catalog.ts';
import { root } from '../support/root.ts';

// Each release adds its schema (`node scripts/save-schema.mjs`) and rows for it.
const releases = readdirSync(path.join(root, 'test/fixtures/schemas')).flatMap(
  (name) => /^(\d+\.\d+\.\d+)\.sql$/.exec(name)?.[1] ?? [],
);

async function filledDatabase(release: string) {
  const database = await emptyDatabase();
  await runSchemaFile(database.sql, `${release}.sql`);
  await runSchemaFile(database.sql, `${release}.rows.sql`);
  return database;
}

type Rows = Record<string, Record<string, unknown>[]>;

/** All rows of all tables; `like`: with only the columns that these have. */
async function readTables(sql: Sql, like?: Rows): Promise<Rows> {
  const tables = await sql<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
  const rows: Rows = {};
  for (const { name } of tables) {
    const [sample] = like?.[name] ?? [];
    if (like !== undefined && sample === undefined) continue;
    const columns = sample === undefined ? sql`*` : sql(Object.keys(sample));
    rows[name] = [...(await sql`SELECT ${columns} FROM ${sql(name)} AS t ORDER BY t::text COLLATE "C"`)];
  }
  return rows;
}

function sorted(tables: Rows): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).sort()]),
  );
}

test.for(releases)('The rows of release %s fill every table of its schema', async (release) => {
  const { sql } = await filledDatabase(release);
  const tables = await readTables(sql);
  const empty = Object.entries(tables).flatMap(([name, rows]) => (rows.length === 0 ? [name] : []));
  expect(empty).toEqual([]);
});

test.for(releases)(
  'A filled database of release %s is upgraded to the schema of a new one and loses no row',
  async (release) => {
    const { url, sql } = await filledDatabase(release);
    const before = await readTables(sql);
    await migrateDatabase(url);
    expect(sorted(await readTables(sql, before))).toEqual(sorted(before));
    const fresh = await emptyDatabase();
    await migrateDatabase(fresh.url);
    expect(await readCatalog(sql)).toEqual(await readCatalog(fresh.sql));
  },
);

test.for(releases)('The jobs of an upgraded database of release %s run on, end and are retried', async (release) => {
  const { url } = await filledDatabase(release);
  await migrateDatabase(url);
  const { sql, close } = openPostgres({ url, poolMax: 2, prepare: true, name: 'upgraded' });
  onTestFinished(() => close());
  const tenantId = 'ten_old';
  const end = {
    ticket: 1,
    worker: 'worker-old',
    to: 'completed' as const,
    output: '{"ok":1}',
    error: null,
    delayMs: 0,
  };

  expect(await findApiKey(sql, 'key_old')).toMatchObject({ tenantId, plan: { name: 'narrow', concurrentRunsMax: 1 } });
  const [claimed] = await claimJobs(sql, [
    { jobId: 'job_queued', ticket: 1, claim: 'claim_new', worker: 'worker-new' },
  ]);
  expect(claimed).toMatchObject({ state: 'running', input: '{"word":"plenty"}' });
  const ends = [
    { ...end, jobId: 'job_queued', claim: 'claim_new' },
    { ...end, jobId: 'job_running', claim: 'claim_running' },
  ];
  expect(await finishJobs(sql, ends)).toEqual(['written', 'written']);
  expect(await retryJobs(sql, { tenantId, jobIds: ['job_failed'], from: ['failed'] })).toHaveLength(1);
  const jobs = await readJobs(
    sql,
    ['job_queued', 'job_running', 'job_completed', 'job_failed', 'job_retrying'].map((jobId) => ({ tenantId, jobId })),
  );
  expect(jobs).toMatchObject([
    { state: 'completed', output: '{"ok":1}' },
    { state: 'completed', output: '{"ok":1}' },
    { state: 'completed', output: '{"done":true}', metadata: '{"from":"0.1.0"}', tags: ['b'] },
    { state: 'queued', run: 2, earlierAttempts: [{ outcome: 'failed' }] },
    { state: 'retrying', error: { code: 'timeout' }, earlierAttempts: [{ outcome: 'retrying' }] },
  ]);
});

test('An upgrade from release 0.1.0 has jobs with text beyond ASCII indexed again for the search, and no others', async () => {
  const { url, sql } = await filledDatabase('0.1.0');
  await sql`UPDATE job_inputs SET search_due = false`;
  await sql`UPDATE job_inputs SET input = '{"a":"Straße"}' WHERE job_id = 'job_queued'`;
  await sql`UPDATE job_inputs SET metadata = '{"a":"東京"}' WHERE job_id = 'job_running'`;
  await sql`UPDATE job_inputs SET last_error = '{"code":"x","message":"é","attempt":1}' WHERE job_id = 'job_failed'`;
  await sql`UPDATE jobs SET tags = '{größe}' WHERE id = 'job_completed'`;
  await migrateDatabase(url);
  const due = await sql`SELECT job_id FROM job_inputs WHERE search_due ORDER BY job_id`;
  expect(due.map(({ job_id }) => String(job_id))).toEqual(['job_completed', 'job_failed', 'job_queued', 'job_running']);
});
