import {
  backlogTickets,
  cancelJob,
  findBlockedTenants,
  insertJobs,
  releaseBlockedJobs,
  openPostgres,
  takeFromBacklog,
} from '@turno/postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';
import { newJob } from '../support/new-job.mjs';

const { databaseUrl } = await stores();
const hands = [1, 2, 3, 4].map((hand) =>
  openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: `${hand}` }),
);
const [{ sql } = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'blocked' })] = hands;
const admin = { keyId: 'key_test', isAdmin: true };
const none = { queues: new Set<string>(), kinds: new Set<string>() };

beforeAll(async () => {
  await sql`INSERT INTO plans (name, concurrent_runs_max) VALUES ('narrow', 3)`;
  await sql`INSERT INTO tenants (id, name, plan) VALUES ('ten_a', 'a', 'narrow'), ('ten_b', 'b', 'narrow'),
    ('ten_free', 'was limited', 'unlimited')`;
});
beforeEach(() => sql`TRUNCATE jobs`);
afterAll(() => Promise.all(hands.map((hand) => hand.close())));

const blocked = (tenantId: string, fields = {}) => newJob({ tenantId, blocked: true, backlog: true, ...fields });
const release = (tenantIds: string[], more: { direct?: string[]; pauses?: typeof none } = {}) =>
  releaseBlockedJobs(sql, { tenantIds, direct: [], pauses: none, rowsMax: 100, ...more });
const ids = (jobs: readonly { jobId: string }[]) => jobs.map(({ jobId }) => jobId).sort();

test('A tenant never has more jobs in flight than its plan allows, with many releases at once', async () => {
  let priority = -100;
  const seen: number[] = [];
  const rounds = async ({ sql: own }: (typeof hands)[number]) => {
    for (let round = 0; round < 45; round += 1) {
      await insertJobs(own, [blocked('ten_a', { priority: (priority += 1) })]);
      await releaseBlockedJobs(own, { tenantIds: ['ten_a'], direct: [], pauses: none, rowsMax: 100 });
      const onTheirWay = await own<{ id: string }[]>`
        SELECT id FROM jobs WHERE NOT blocked AND finished_at IS NULL ORDER BY random()`;
      seen.push(onTheirWay.length);
      await cancelJob(own, { tenantId: 'ten_a', jobId: onTheirWay[0]?.id ?? '' }, admin);
    }
  };
  await Promise.all(hands.map(rounds));
  expect(Math.max(...seen)).toBe(3);
});

test('Blocked jobs are released by priority, then by age, one for each run that ends', async () => {
  const jobs = [blocked('ten_a'), blocked('ten_a'), blocked('ten_a'), blocked('ten_a', { priority: 1 })];
  await insertJobs(sql, jobs);
  const [first, second, third, urgent] = jobs.map(({ id }) => id);
  expect(ids(await release(['ten_a']))).toEqual([first, second, urgent]);
  expect(await release(['ten_a'])).toEqual([]);
  await cancelJob(sql, { tenantId: 'ten_a', jobId: first ?? '' }, admin);
  expect(ids(await release(['ten_a']))).toEqual([third]);
});

test('A tenant at its limit blocks no other tenant, and a lifted limit releases all its jobs', async () => {
  await insertJobs(
    sql,
    ['ten_a', 'ten_a', 'ten_a', 'ten_a', 'ten_b', 'ten_free'].map((tenantId) => blocked(tenantId)),
  );
  await insertJobs(sql, [blocked('ten_free'), blocked('ten_free'), blocked('ten_free')]);
  expect(await findBlockedTenants(sql, '', 2)).toEqual(['ten_a', 'ten_b']);
  expect(await findBlockedTenants(sql, 'ten_a', 9)).toEqual(['ten_b', 'ten_free']);
  expect(await release(['ten_a', 'ten_b', 'ten_free'])).toHaveLength(3 + 1 + 4);
  expect(await findBlockedTenants(sql, '', 9)).toEqual(['ten_a']);
});

test('Jobs of a paused kind are not released, since each would use the slot of a job that can run', async () => {
  const [cpu, io, kind] = [
    blocked('ten_a', { queue: 'cpu' }),
    blocked('ten_a'),
    blocked('ten_a', { kind: 'test.paused' }),
  ];
  await insertJobs(sql, [cpu, io, kind]);
  const pauses = { queues: new Set(['cpu']), kinds: new Set(['test.paused']) };
  expect(ids(await release(['ten_a'], { pauses }))).toEqual([io.id]);
  expect(await release(['ten_a'], { direct: ['cpu'] })).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ jobId: cpu.id, backlog: false }),
      expect.objectContaining({ jobId: kind.id, backlog: true }),
    ]),
  );
});

test('A released job whose kind is paused is blocked again, so that another job can run in its slot', async () => {
  const jobs = ['test.paused', 'test.paused', 'test.paused', 'test.other', 'test.other'].map((kind) =>
    blocked('ten_a', { kind }),
  );
  await insertJobs(sql, jobs);
  const [first, second, third, ...others] = jobs.map(({ id }) => id);
  const sent = await release(['ten_a'], { direct: ['io'] });
  expect(ids(sent)).toEqual([first, second, third]);
  // As a worker does with a ticket of a paused kind.
  await backlogTickets(sql, [{ jobId: first ?? '', ticket: 1 }]);
  expect(ids(await release(['ten_a'], { pauses: { ...none, kinds: new Set(['test.paused']) } }))).toEqual([others[0]]);
  await sql`UPDATE jobs SET backlog = true WHERE id = ANY (${[second, third].map(String)}::text[])`;
  expect(ids(await release(['ten_a'], { pauses: { ...none, kinds: new Set(['test.paused']) } }))).toEqual([others[1]]);
  expect(ids(await release(['ten_a']))).toEqual([first]);
});

test('Jobs accepted before their tenant had a limit are blocked at the refill', async () => {
  const waiting = (tenantId: string) => newJob({ tenantId, backlog: true });
  const [first, second, free, gone] = ['ten_a', 'ten_a', 'ten_free', 'ten_gone'].map(waiting);
  await insertJobs(
    sql,
    [first, second, free, gone].map((job) => job ?? waiting('ten_a')),
  );
  const take = () => takeFromBacklog(sql, { queue: 'io', rowsMax: 10, pausedKinds: new Set() });
  const taken = await take();
  expect(ids(taken.filter((job) => job.blocked))).toEqual([first?.id, second?.id]);
  expect(ids(taken.filter((job) => !job.blocked))).toEqual([free?.id, gone?.id]);
  expect(await take()).toEqual([]);
  expect(ids(await release(['ten_a']))).toEqual([first?.id, second?.id]);
  expect((await take()).map((job) => job.blocked)).toEqual([false, false]);
});
