import {
  analyzeGrownTables,
  backlogLostTickets,
  backlogTickets,
  claimJobs,
  findBacklogs,
  findBlockedTenants,
  findLostClaims,
  finishJobs,
  indexWords,
  insertSubmissions,
  listDispatched,
  listJobs,
  markDispatched,
  openPostgres,
  promoteDueJobs,
  purgeIdempotencyKeys,
  purgeJobs,
  rankWaiting,
  readJobs,
  releaseBlockedJobs,
  takeFromBacklog,
} from '@turno/postgres';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Explained, openExplained, type PlanNode } from '../support/explain.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const rows = 6_000;
const growing = ['jobs', 'job_inputs', 'job_outputs', 'job_attempts', 'idempotency_keys'];

/** These hold only jobs that BullMQ or a worker has, that are not indexed yet, or that are due later. */
const smallIndexes = ['jobs_in_flight', 'job_inputs_search_due', 'jobs_blocked', 'jobs_due', 'jobs_released'];

let seeding: Sql;
let close: () => Promise<void>;

beforeAll(async () => {
  const { databaseUrl } = await stores();
  const opened = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'seed' });
  ({ sql: seeding, close } = opened);
  for (const table of growing) await seeding.unsafe(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
});

afterAll(() => close());

const empty = () => seeding.unsafe(`TRUNCATE ${growing.join(', ')}`);

/** Fills the tables by a few statements, as a burst does, with jobs that wait. */
async function fill(): Promise<void> {
  await empty();
  const id = `'job_' || lpad(n::text, 26, '0')`;
  const all = `generate_series(1, ${rows}) n`;
  await seeding.unsafe(`
    INSERT INTO jobs (id, tenant_id, kind, kind_version, queue, state, priority, max_attempts, timeout_ms, run_at,
      queued_at, backlog)
    SELECT ${id}, 'ten_' || n % 100, 'test.noop', 1, 'io', 'queued', 0, 3, 60000, now(), now(), true FROM ${all};
    INSERT INTO job_inputs (job_id, input, input_bytes, metadata) SELECT ${id}, '{}', 2, '{}' FROM ${all};
    INSERT INTO job_outputs (job_id, output, output_bytes) SELECT ${id}, '{}', 2 FROM ${all};
    INSERT INTO job_attempts (job_id, ticket, run, number, claim, started_at, finished_at, outcome)
    SELECT ${id}, 0, 1, 1, '', now(), now(), 'retrying' FROM ${all};
    INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_ids)
    SELECT 'ten_' || n % 100, 'key-' || n, '', '{}' FROM ${all}`);
}

const finishAll = `UPDATE jobs SET state = 'completed', backlog = false, finished_at = now(), claim = '', worker = ''`;
const requeueAll = `UPDATE jobs SET state = 'queued', backlog = true, finished_at = NULL`;

const claims = Array.from({ length: 50 }, (_, n) => ({ jobId: `job_${n}`, ticket: 1, claim: `${n}`, worker: 'w' }));
const tickets = claims.map((claim) => ({ ...claim, kind: 'test.noop', queue: 'io', priority: 0 }));
const ends = claims.map((claim) => ({ ...claim, to: 'completed' as const, output: '{}', error: null, delayMs: 0 }));
const keys = claims.map(({ jobId }) => ({ jobId, tenantId: 'ten_1' }));
const nothingPaused = { queues: new Set<string>(), kinds: new Set<string>() };
const anyJob = {
  tenantId: 'ten_1',
  state: null,
  kind: null,
  tag: null,
  createdAfter: null,
  createdBefore: null,
  q: null,
};
const page = { after: undefined, limit: 20, search: true };
const lane = { tenantId: 'ten_2', queue: 'io', priority: 0, blocked: false };

const statements: Record<string, (sql: Sql) => Promise<unknown>> = {
  submit: (sql) =>
    insertSubmissions(sql, [{ tenantId: 'ten_1', jobs: [newJob()], key: { text: 'key-1', requestSha256: '' } }]),
  'find backlogs': (sql) => findBacklogs(sql),
  take: (sql) => takeFromBacklog(sql, { queue: 'io', rowsMax: 50, pausedKinds: new Set() }),
  'mark dispatched': (sql) => markDispatched(sql, tickets, 1),
  claim: (sql) => claimJobs(sql, claims),
  finish: (sql) => finishJobs(sql, ends),
  'find lost claims': (sql) => findLostClaims(sql, claims),
  'redispatch the tickets that BullMQ lost': (sql) => backlogTickets(sql, claims),
  redispatch: (sql) => backlogLostTickets(sql, { epoch: 1, olderThanMs: 60_000, rowsMax: 100 }),
  'list dispatched': (sql) => listDispatched(sql, { after: undefined, olderThanMs: 60_000, rowsMax: 1_000 }),
  promote: (sql) => promoteDueJobs(sql, 100),
  'find blocked tenants': (sql) => findBlockedTenants(sql, '', 50),
  release: (sql) => releaseBlockedJobs(sql, { tenantIds: ['ten_1'], direct: [], pauses: nothingPaused, rowsMax: 100 }),
  rank: (sql) => rankWaiting(sql, [lane]),
  read: (sql) => readJobs(sql, keys),
  list: (sql) => listJobs(sql, anyJob, page),
  'list by state': (sql) => listJobs(sql, { ...anyJob, state: 'failed' }, page),
  purge: (sql) => purgeJobs(sql, 7, 500),
  'purge keys': (sql) => purgeIdempotencyKeys(sql, 24, 500),
  'index for search': (sql) => indexWords(sql, 1),
};

/** Returns the scans that read more of a growing table the more rows it has. */
function unboundedScans(nodes: readonly PlanNode[]): string[] {
  return nodes.flatMap((node) => {
    const { 'Node Type': type, 'Relation Name': table, 'Index Name': index = '' } = node;
    if (type === 'Seq Scan' && growing.includes(table ?? '')) return [`all of ${table}`];
    const isByIndex = /^(Index|Index Only|Bitmap Index) Scan$/.test(type);
    const isBounded = node['Index Cond'] !== undefined || smallIndexes.includes(index);
    return isByIndex && !isBounded ? [`all of ${index}`] : [];
  });
}

/** Plans each statement for parameters of any value, as a connection does from the sixth call on. */
async function findUnbounded(): Promise<string[]> {
  const explained = await openExplained((await stores()).databaseUrl, 'SET plan_cache_mode = force_generic_plan');
  const found: string[] = [];
  for (const [name, call] of Object.entries(statements)) {
    for (const scan of await unboundedIn(explained, call)) found.push(`${name}: ${scan}`);
  }
  await explained.sql.end();
  return found;
}

async function unboundedIn({ sql, plansOf }: Explained, call: (sql: Sql) => Promise<unknown>): Promise<string[]> {
  return (await plansOf(() => call(sql))).flatMap(unboundedScans);
}

describe('No statement of the way of a job reads more when more jobs wait or are finished', () => {
  test('Tables that a burst has filled and that were never analyzed', async () => {
    await fill();
    expect(await findUnbounded()).toEqual([]);
  });

  test('Statistics from a time when all jobs waited, after all of them have finished', async () => {
    await fill();
    await seeding.unsafe(`ANALYZE; ${finishAll}`);
    expect(await findUnbounded()).toEqual([]);
  });

  test('Statistics from a time when all jobs were finished, while all of them wait', async () => {
    await fill();
    await seeding.unsafe(`${finishAll}; ANALYZE; ${requeueAll}`);
    expect(await findUnbounded()).toEqual([]);
  });
});

describe('Plans of prepared statements', () => {
  test('A plan that was made for an empty table is made again once the table has grown', async () => {
    await empty();
    const settings = 'SET plan_cache_mode = force_generic_plan';
    const explained = await openExplained((await stores()).databaseUrl, settings);
    const scans = () => unboundedIn(explained, (sql) => claimJobs(sql, claims));
    expect(await scans()).toContain('all of jobs');
    await fill();
    expect(await analyzeGrownTables(seeding)).toContain('jobs');
    expect(await scans()).toEqual([]);
    expect(await analyzeGrownTables(seeding)).toEqual([]);
    await explained.sql.end();
  });
});
