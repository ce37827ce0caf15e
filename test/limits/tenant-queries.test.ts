import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem } from '@turno/contract';
import { createLocalStore, createUrlSigner, LocalFolder } from '@turno/files';
import { loadCatalogue } from '@turno/kinds';
import { createBacklogLimits, retryFailedJobs } from '@turno/jobs';
import { insertEndpoint, insertJobs, openPostgres } from '@turno/postgres';
import { createLog, createOutbound } from '@turno/runtime';
import {
  type Caller,
  createTenantSlots,
  divideConnections,
  openTenantQueries,
  type TenantQueries,
} from '@turno/tenants';
import { redeliverSince } from '@turno/webhooks';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createExecutor } from '../../apps/worker/dist/execute/create-executor.js';
import { eventually } from '../support/eventually.ts';
import { createGate } from '../support/gate.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl: url } = await stores();
const { sql, close } = openPostgres({ url, poolMax: 1, prepare: true, name: 'watch' });
afterAll(() => close());

function open(constants: { timeoutMs?: number; waitMs?: number; waitingPerTenantMax?: number }): TenantQueries {
  const queries = openTenantQueries(
    { url, poolMax: 2, prepare: true, name: 'tenant-queries' },
    { timeoutMs: 20_000, waitMs: 20_000, waitingPerTenantMax: 5, ...constants },
  );
  onTestFinished(() => queries.close());
  return queries;
}

const activeStatements = async () => {
  const rows = await sql`SELECT FROM pg_stat_activity
    WHERE application_name = 'tenant-queries' AND state = 'active' AND query LIKE '%pg_sleep%'`;
  return rows.length;
};

const sleep = (queries: TenantQueries, tenantId: string) =>
  queries.run(tenantId, async (own) => own`SELECT pg_sleep(30)`).catch((error: unknown) => error);
const one = (queries: TenantQueries, tenantId: string) =>
  queries.run(tenantId, async (own) => (await own<{ n: number }[]>`SELECT 1 AS n`)[0]?.n);

test('While a tenant’s statement runs, its next ones are refused after a bounded wait and another tenant’s run', async () => {
  const queries = open({ waitMs: 50, timeoutMs: 10_000 });
  const slow = sleep(queries, 'ten_greedy');
  await eventually(async () => expect(await activeStatements()).toBe(1));
  const refused = await Promise.allSettled(Array.from({ length: 20 }, () => one(queries, 'ten_greedy')));
  expect(refused.map((one) => (one.status === 'rejected' ? (one.reason as Problem).code : one.value))).toEqual(
    Array.from({ length: 20 }, () => 'too-many-queries'),
  );
  expect(await one(queries, 'ten_other')).toBe(1);
  await sql`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenant-queries'`;
  await slow;
  expect(await one(queries, 'ten_greedy')).toBe(1);
});

test('When other tenants have all slots, a call is refused as queries-busy with the seconds to wait', async () => {
  const queries = open({ waitMs: 20 });
  const slow = [sleep(queries, 'ten_a'), sleep(queries, 'ten_b')];
  await eventually(async () => expect(await activeStatements()).toBe(2));
  const refusal = await one(queries, 'ten_c').catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'queries-busy', status: 503, details: { retryAfterSeconds: 2 } });
  await sql`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenant-queries'`;
  await Promise.all(slow);
});

test('Postgres cancels a statement that takes longer than the timeout, and its slot is free again', async () => {
  const queries = open({ timeoutMs: 300 });
  expect(await sleep(queries, 'ten_slow')).toMatchObject({ code: 'query-timeout', status: 503 });
  await eventually(async () => expect(await activeStatements()).toBe(0));
  expect(await one(queries, 'ten_slow')).toBe(1);
});

test('A slot stays taken until its statement has ended, also after its caller got a shorter timeout', async () => {
  const queries = open({ waitMs: 20 });
  const gate = createGate();
  const work = () => gate.opened;
  await expect(queries.run('ten_a', work, 50)).rejects.toMatchObject({ code: 'query-timeout' });
  await expect(queries.run('ten_a', work, 50)).rejects.toMatchObject({ code: 'too-many-queries' });
  gate.open();
  await eventually(async () => expect(await one(queries, 'ten_a')).toBe(1));
});

test('Free slots go to the waiting tenants in turn, however many calls one of them has', async () => {
  const slots = createTenantSlots({ slotsMax: 1, perTenantMax: 1, waitingPerTenantMax: 10, waitMs: 60_000 });
  const served: string[] = [];
  const first = await slots.take('a');
  const waiting = ['a', 'a', 'a', 'b', 'b', 'c'].map(async (tenantId) => {
    const release = await slots.take(tenantId);
    served.push(tenantId);
    release();
    release(); // a second release frees nothing
  });
  first();
  await Promise.all(waiting);
  expect(served.join('')).toBe('abcaba');
});

test.each([
  [1, { main: 1, queries: 1 }],
  [3, { main: 2, queries: 1 }],
  [10, { main: 8, queries: 2 }],
  [1_000, { main: 998, queries: 2 }],
])('Of %s connections of a process, tenant queries get a small part', (poolMax, parts) => {
  expect(divideConnections(poolMax)).toEqual(parts);
});

test('A report that gets no slot is handed back uncounted, and one that is too slow fails in words of its own', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-queries-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const signer = createUrlSigner(['a secret of at least thirty-two characters']);
  const store = createLocalStore({ folder: new LocalFolder(dir), signer, publicUrl: '' });
  const entry = (await loadCatalogue({ kindsDir: undefined })).get('report.usage');
  if (entry === undefined) throw new Error('report.usage is not in the catalogue');
  const attemptWith = async (code: 'too-many-queries' | 'query-timeout') => {
    const executor = createExecutor({
      outputBytesMax: 1_000_000,
      outputInlineBytesMax: 1_000_000,
      files: { sql, store, retentionDays: 1, readBytesMax: 1_000 },
      cpuConcurrency: 0,
      outbound: createOutbound({ allowHosts: [] }),
      readUsage: () => Promise.reject(new Problem(code)),
      log: createLog('test', 'silent'),
    });
    const lines = { info: () => {}, warn: () => {} };
    const ids = { jobId: 'job_test', tenantId: 'ten_test', ticket: 1, attempt: 1, traceparent: null };
    const input = { from: '2026-11-01', to: '2026-11-02' };
    const signal = new AbortController().signal;
    return executor.execute({ ...ids, entry, input, signal, onProgress: () => {}, lines });
  };
  expect(await attemptWith('too-many-queries')).toEqual({
    handBack: expect.any(String),
    delayMs: expect.any(Number),
  });
  expect(await attemptWith('query-timeout')).toMatchObject({ ok: false, code: 'query-timeout', permanent: false });
});

/** The signal of a request whose client has gone. */
const gone = AbortSignal.abort();
const here = new AbortController().signal;

test('A bulk retry whose client has gone ends after its page, and a repeat goes on with the rest', async () => {
  const log = createLog('test', 'silent');
  const backlogLimits = createBacklogLimits({ sql, log, jobsMax: 1_000_000, countEveryMs: 60_000 });
  onTestFinished(() => backlogLimits.close());
  const jobs = Array.from({ length: 150 }, () => newJob({ tenantId: 'ten_bulk' }));
  await insertJobs(sql, jobs);
  await sql`UPDATE jobs SET state = 'failed', finished_at = now() WHERE tenant_id = 'ten_bulk'`;
  const deps = { sql, queries: open({}), backlogLimits, publish: () => {} };
  const caller = { tenantId: 'ten_bulk', plan: { jobsWaitingMax: null } as Caller['plan'] };
  const any = { kind: null, tag: null, createdAfter: null, createdBefore: null, q: null };
  const filter = { tenantId: 'ten_bulk', ...any };
  expect(await retryFailedJobs(deps, caller, { filter, signal: gone })).toBe(100);
  expect(await retryFailedJobs(deps, caller, { filter, signal: here })).toBe(50);
});

test('A bulk redelivery whose client has gone ends after its page, and a repeat goes on with the rest', async () => {
  const key = { tenantId: 'ten_bulk', endpointId: 'ep_bulk' };
  const secret = { sealed: Buffer.from('sealed'), keyId: 'k' };
  await insertEndpoint(sql, { id: 'ep_bulk', tenantId: 'ten_bulk', url: 'http://a/', events: [], secret }, 1);
  await sql`INSERT INTO deliveries (id, tenant_id, endpoint_id, job_id, run, event, state, finished_at)
    SELECT 'dlv_' || n, 'ten_bulk', 'ep_bulk', 'job_' || n, 1, 'job.failed', 'exhausted', now()
    FROM generate_series(1, 600) AS n`;
  const deps = { sql, queries: open({}) };
  const since = '2026-01-01T00:00:00Z';
  expect(await redeliverSince(deps, key, { since, signal: gone })).toBe(500);
  expect(await redeliverSince(deps, key, { since, signal: here })).toBe(100);
});
