import {
  backlogTickets,
  cancelJob,
  findHeldTenants,
  insertJobs,
  letGoHeldJobs,
  openPostgres,
  takeFromBacklog,
} from '@turno/postgres';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stores } from '../support/stores.ts';
import { newJob } from './new-job.ts';

const { databaseUrl } = await stores();
const hands = [1, 2, 3, 4].map((hand) =>
  openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: `${hand}` }),
);
const [{ sql } = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'held' })] = hands;
const admin = { keyId: 'key_test', isAdmin: true };
const none = { queues: new Set<string>(), kinds: new Set<string>() };

beforeAll(async () => {
  await sql`INSERT INTO plans (name, concurrent_runs_max) VALUES ('narrow', 3)`;
  await sql`INSERT INTO tenants (id, name, plan) VALUES ('ten_a', 'a', 'narrow'), ('ten_b', 'b', 'narrow'),
    ('ten_free', 'was limited', 'unlimited')`;
});
beforeEach(() => sql`TRUNCATE jobs`);
afterAll(() => Promise.all(hands.map((hand) => hand.close())));

const held = (tenantId: string, fields = {}) => newJob({ tenantId, held: true, backlog: true, ...fields });
const letGo = (tenantIds: string[], more: { direct?: string[]; pauses?: typeof none } = {}) =>
  letGoHeldJobs(sql, { tenantIds, direct: [], pauses: none, rowsMax: 100, ...more });
const ids = (jobs: readonly { jobId: string }[]) => jobs.map(({ jobId }) => jobId).sort();

test('However many let go at once, and whatever comes meanwhile, a tenant has no more on their way than it may', async () => {
  let priority = -100;
  const seen: number[] = [];
  const rounds = async ({ sql: own }: (typeof hands)[number]) => {
    for (let round = 0; round < 45; round += 1) {
      await insertJobs(own, [held('ten_a', { priority: (priority += 1) })]);
      await letGoHeldJobs(own, { tenantIds: ['ten_a'], direct: [], pauses: none, rowsMax: 100 });
      const onTheirWay = await own<{ id: string }[]>`
        SELECT id FROM jobs WHERE NOT held AND finished_at IS NULL ORDER BY random()`;
      seen.push(onTheirWay.length);
      await cancelJob(own, { tenantId: 'ten_a', jobId: onTheirWay[0]?.id ?? '' }, admin);
    }
  };
  await Promise.all(hands.map(rounds));
  expect(Math.max(...seen)).toBe(3);
});

test('Who has the highest priority goes first, then the oldest; the next goes when one is over', async () => {
  const jobs = [held('ten_a'), held('ten_a'), held('ten_a'), held('ten_a', { priority: 1 })];
  await insertJobs(sql, jobs);
  const [first, second, third, urgent] = jobs.map(({ id }) => id);
  expect(ids(await letGo(['ten_a']))).toEqual([first, second, urgent]);
  expect(await letGo(['ten_a'])).toEqual([]);
  await cancelJob(sql, { tenantId: 'ten_a', jobId: first ?? '' }, admin);
  expect(ids(await letGo(['ten_a']))).toEqual([third]);
});

test('One tenant at its limit takes nothing from another, and one without a limit any more holds nothing', async () => {
  await insertJobs(
    sql,
    ['ten_a', 'ten_a', 'ten_a', 'ten_a', 'ten_b', 'ten_free'].map((tenantId) => held(tenantId)),
  );
  await insertJobs(sql, [held('ten_free'), held('ten_free'), held('ten_free')]);
  expect(await findHeldTenants(sql, '', 2)).toEqual(['ten_a', 'ten_b']);
  expect(await findHeldTenants(sql, 'ten_a', 9)).toEqual(['ten_b', 'ten_free']);
  expect(await letGo(['ten_a', 'ten_b', 'ten_free'])).toHaveLength(3 + 1 + 4);
  expect(await findHeldTenants(sql, '', 9)).toEqual(['ten_a']);
});

test('What is paused is not let go, for it would take the place of what can run', async () => {
  const [cpu, io, kind] = [held('ten_a', { queue: 'cpu' }), held('ten_a'), held('ten_a', { kind: 'test.paused' })];
  await insertJobs(sql, [cpu, io, kind]);
  const pauses = { queues: new Set(['cpu']), kinds: new Set(['test.paused']) };
  expect(ids(await letGo(['ten_a'], { pauses }))).toEqual([io.id]);
  expect(await letGo(['ten_a'], { direct: ['cpu'] })).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ jobId: cpu.id, backlog: false }),
      expect.objectContaining({ jobId: kind.id, backlog: true }),
    ]),
  );
});

test('What is paused after it was let go makes room for what can run, and has to wait for room again', async () => {
  const jobs = ['test.paused', 'test.paused', 'test.paused', 'test.other', 'test.other'].map((kind) =>
    held('ten_a', { kind }),
  );
  await insertJobs(sql, jobs);
  const [first, second, third, ...others] = jobs.map(({ id }) => id);
  const sent = await letGo(['ten_a'], { direct: ['io'] });
  expect(ids(sent)).toEqual([first, second, third]);
  // As a worker does with what it is handed and must not begin.
  await backlogTickets(sql, [{ jobId: first ?? '', ticket: 1 }]);
  expect(ids(await letGo(['ten_a'], { pauses: { ...none, kinds: new Set(['test.paused']) } }))).toEqual([others[0]]);
  await sql`UPDATE jobs SET backlog = true WHERE id = ANY (${[second, third].map(String)}::text[])`; // or they had not been sent yet
  expect(ids(await letGo(['ten_a'], { pauses: { ...none, kinds: new Set(['test.paused']) } }))).toEqual([others[1]]);
  expect(ids(await letGo(['ten_a']))).toEqual([first]);
});

test('What was accepted before its tenant had a limit is held when its turn comes, and nobody else is', async () => {
  const waiting = (tenantId: string) => newJob({ tenantId, backlog: true });
  const [first, second, free, gone] = ['ten_a', 'ten_a', 'ten_free', 'ten_gone'].map(waiting);
  await insertJobs(
    sql,
    [first, second, free, gone].map((job) => job ?? waiting('ten_a')),
  );
  const take = () => takeFromBacklog(sql, { queue: 'io', rowsMax: 10, pausedKinds: new Set() });
  const taken = await take();
  expect(ids(taken.filter((job) => job.held))).toEqual([first?.id, second?.id]);
  expect(ids(taken.filter((job) => !job.held))).toEqual([free?.id, gone?.id]);
  expect(await take()).toEqual([]);
  expect(ids(await letGo(['ten_a']))).toEqual([first?.id, second?.id]);
  expect((await take()).map((job) => job.held)).toEqual([false, false]);
});
