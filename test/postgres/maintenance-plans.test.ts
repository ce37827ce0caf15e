import {
  backlogLostTickets,
  countInFlight,
  expireJobs,
  findBacklogs,
  findBlockedTenants,
  findOrphanedClaims,
  indexWords,
  insertJobs,
  releaseBlockedJobs,
  listDeliveries,
  listDispatched,
  openPostgres,
  promoteDueJobs,
  purgeJobs,
  rankWaiting,
  readDueWork,
  redeliverExhausted,
  requeueJobs,
  requeueOrphanedClaims,
  takeFromBacklog,
} from '@turno/postgres';
import type { Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Explained, openExplained } from '../support/explain.ts';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

let explained: Explained;
let sql: Sql;

beforeAll(async () => {
  const { databaseUrl } = await stores();
  const seeding = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'seed' });
  const tenants = Array.from({ length: 200 }, (_, index) => `ten_${index}`);
  const jobs = tenants.map((tenantId, index) => newJob({ tenantId, backlog: index % 2 === 0, deadlineMs: 60_000 }));
  const blocked = tenants.map((tenantId) => newJob({ tenantId, backlog: true, blocked: true }));
  await insertJobs(seeding.sql, [...jobs, ...blocked]);
  await seeding.sql`INSERT INTO plans (name, concurrent_runs_max) VALUES ('narrow', 1)`;
  await seeding.sql`INSERT INTO tenants (id, name, plan) SELECT unnest(${tenants}::text[]), '', 'narrow'`;
  await seeding.sql`INSERT INTO deliveries (id, tenant_id, endpoint_id, job_id, run, event, state, due_at)
    SELECT 'dlv_' || n, 'ten_1', 'ep_1', 'job_' || n, 1, 'job.failed', (ARRAY['pending', 'exhausted', 'delivered'])[least(n, 3)],
      CASE n WHEN 1 THEN now() END FROM generate_series(1, 2000) n`;
  await seeding.close();
  // For a table of four pages the planner prefers a sequential scan; without it the planner shows the index.
  explained = await openExplained(databaseUrl, 'ANALYZE; SET enable_seqscan = off');
  sql = explained.sql;
});

afterAll(() => sql.end());

/** The indexes by which the statements of `call` scan `jobs`, except the primary key. */
async function indexesOf(call: () => Promise<unknown>): Promise<string[]> {
  return (await explained.plansOf(call)).flat().flatMap((node) => {
    const isScan = node['Relation Name'] === 'jobs' && node['Node Type'].endsWith('Scan');
    const index =
      node['Index Name'] ?? (isScan && node['Node Type'] !== 'Bitmap Heap Scan' ? node['Node Type'] : 'none');
    return index === 'none' || index.endsWith('_pkey') ? [] : [index];
  });
}

const take = { queue: 'io', rowsMax: 10, pausedKinds: new Set<string>() };
const allDeliveries = { tenantId: 'ten_1', deliveryId: null, jobId: null, endpointId: null, before: null };
const nothingPaused = { queues: new Set<string>(), kinds: new Set<string>() };

const tasks: Record<string, { index: string | string[]; call: () => Promise<unknown> }> = {
  promote: { index: 'jobs_due', call: () => promoteDueJobs(sql, 100) },
  redispatch: {
    index: 'jobs_in_flight',
    call: () => backlogLostTickets(sql, { epoch: 1, olderThanMs: 60_000, rowsMax: 100 }),
  },
  reconcile: {
    index: 'jobs_in_flight',
    call: () => listDispatched(sql, { after: undefined, olderThanMs: 60_000, rowsMax: 1_000 }),
  },
  rescue: { index: ['endpoints_by_tenant', 'jobs_in_flight'], call: () => requeueJobs(sql, 100) },
  'the look for strays': { index: 'jobs_in_flight', call: () => findOrphanedClaims(sql, 'w', new Set(['claim'])) },
  'the rescue of strays': {
    index: ['endpoints_by_tenant', 'jobs_in_flight'],
    call: () => requeueOrphanedClaims(sql, 100, ['claim']),
  },
  expire: { index: ['endpoints_by_tenant', 'jobs_deadline'], call: () => expireJobs(sql, 100) },
  purge: { index: 'jobs_finished', call: () => purgeJobs(sql, 7, 500) },
  'the gathering of words': { index: 'job_inputs_search_due', call: () => indexWords(sql, 100) },
  'the look for blocked jobs': { index: 'jobs_blocked', call: () => findBlockedTenants(sql, 'ten_1', 50) },
  'letting blocked jobs go': {
    index: ['jobs_blocked', 'jobs_released'],
    call: () => releaseBlockedJobs(sql, { tenantIds: ['ten_1'], direct: [], pauses: nothingPaused, rowsMax: 100 }),
  },
  'the ranks of those who wait': {
    index: ['jobs_backlog', 'jobs_blocked'],
    call: () => rankWaiting(sql, [{ tenantId: 'ten_2', queue: 'io', priority: 0, blocked: false }]),
  },
  'the reading of due work': {
    index: [
      'deliveries_waiting',
      'job_inputs_search_due',
      'jobs_backlog',
      'jobs_blocked',
      'jobs_deadline',
      'jobs_due',
      'jobs_in_flight',
      'schedules_due',
    ],
    call: () => readDueWork(sql),
  },
  'the look for a backlog': { index: 'jobs_backlog', call: () => findBacklogs(sql) },
  'the take from the backlog': {
    index: 'jobs_backlog',
    call: () => takeFromBacklog(sql, { ...take, after: 'ten_5', received: new Map([['ten_5', 9]]) }),
  },
  'the list of deliveries that wait': {
    index: 'deliveries_waiting',
    call: () => listDeliveries(sql, { ...allDeliveries, state: 'pending' }, 10),
  },
  'the list of deliveries that never came': {
    index: 'deliveries_exhausted',
    call: () => listDeliveries(sql, { ...allDeliveries, state: 'exhausted' }, 10),
  },
  'sending those again': {
    index: 'deliveries_exhausted',
    call: () =>
      redeliverExhausted(
        sql,
        { tenantId: 'ten_1', endpointId: 'ep_1' },
        { since: '2020-01-01', after: '', rowsMax: 9 },
      ),
  },
  'the count of what tenants have in flight': { index: 'jobs_in_flight', call: () => countInFlight(sql, 'io', 200) },
};

describe('Every maintenance task finds its rows by its own index, whatever else the table has', () => {
  for (const [name, { index, call }] of Object.entries(tasks)) {
    test(`The statement "${name}" reads the index ${String(index)}`, async () => {
      // A statement that ends jobs also reads the files of their attempts.
      const used = [...new Set(await indexesOf(call))].filter((name) => name !== 'files_job');
      expect(used.sort()).toEqual([index].flat());
    });
  }
});

describe('Fair share of the backlog', () => {
  test('The backlog serves tenants in turn, within each priority', async () => {
    const { databaseUrl } = await stores();
    const own = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'fair' });
    const jobs = ['ten_a', 'ten_a', 'ten_a', 'ten_b', 'ten_c'].map((tenantId) =>
      newJob({ tenantId, queue: 'cpu', backlog: true }),
    );
    const urgent = newJob({ tenantId: 'ten_c', queue: 'cpu', backlog: true, priority: 9 });
    await insertJobs(own.sql, [...jobs, urgent]);
    const tenantOf = new Map([...jobs, urgent].map((job) => [job.id, job.tenantId]));
    const order: string[] = [];
    for (let after = ''; order.length < 6;) {
      const take = { queue: 'cpu', rowsMax: 1, pausedKinds: new Set<string>(), after };
      const [taken] = await takeFromBacklog(own.sql, take);
      order.push(tenantOf.get(taken?.jobId ?? '') ?? 'nobody');
      if (order.length === 1) expect(taken?.jobId).toBe(urgent.id);
      after = taken?.upTo ?? '';
    }
    await own.close();
    expect(order).toEqual(['ten_c', 'ten_a', 'ten_b', 'ten_c', 'ten_a', 'ten_a']);
  });

  test('A tenant with more jobs in flight waits until the others have as many', async () => {
    const { databaseUrl } = await stores();
    const own = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'fair' });
    await own.sql`UPDATE jobs SET finished_at = now() WHERE queue = 'cpu'`;
    const cpu = (tenantId: string, count: number) =>
      Array.from({ length: count }, () => newJob({ tenantId, queue: 'cpu', backlog: true }));
    const takeTwo = async (received: ReadonlyMap<string, number>) =>
      (await takeFromBacklog(own.sql, { queue: 'cpu', rowsMax: 2, pausedKinds: new Set(), received })).map(
        ({ tenantId }) => tenantId,
      );
    await insertJobs(own.sql, cpu('ten_many', 6));
    await takeTwo(new Map());
    await insertJobs(own.sql, cpu('ten_new', 6));
    const inFlight = await countInFlight(own.sql, 'cpu', 200);
    const given = new Map(inFlight.map(({ tenantId, jobs }) => [tenantId, jobs]));
    expect(given).toEqual(new Map([['ten_many', 2]]));
    expect(await takeTwo(given)).toEqual(['ten_new', 'ten_new']);
    given.set('ten_new', 2);
    expect((await takeTwo(given)).sort()).toEqual(['ten_many', 'ten_new']);
    await own.close();
  });
});
