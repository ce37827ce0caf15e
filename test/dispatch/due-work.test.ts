import { watchDueWork } from '@turno/jobs';
import { insertJobs, openPostgres, readDueWork, setPause } from '@turno/postgres';
import { pino } from 'pino';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const log = pino({ enabled: false });
const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'due-work' });
const { sql } = postgres;
afterAll(() => postgres.close());

beforeEach(async () => {
  for (const table of ['jobs', 'job_inputs', 'deliveries', 'pauses', 'tenant_deletions'])
    await sql`DELETE FROM ${sql(table)}`;
});

const insert = (...jobs: object[]) => insertJobs(sql, jobs.map(newJob));
/** The tasks that have work now. */
const dueNow = async () => {
  const { inMs } = await readDueWork(sql);
  return Object.keys(inMs).filter((task) => inMs[task as keyof typeof inMs] === 0);
};

test('A system without jobs has no due work', async () => {
  const { pauses, backlogs, inMs } = await readDueWork(sql);
  expect([pauses.queues.size, pauses.kinds.size, backlogs.size]).toEqual([0, 0, 0]);
  expect(new Set(Object.values(inMs))).toEqual(new Set([Infinity]));
});

test('Queues with a backlog are read with the pauses; a blocked job is no backlog, and has to be released', async () => {
  await setPause(sql, { scope: 'kind', name: 'test.noop' }, true);
  await setPause(sql, { scope: 'queue', name: 'cpu' }, true);
  await insert({ queue: 'io', backlog: true }, { queue: 'cpu', backlog: true, blocked: true });
  const { pauses, backlogs } = await readDueWork(sql);
  expect(pauses).toEqual({ queues: new Set(['cpu']), kinds: new Set(['test.noop']) });
  expect(backlogs).toEqual(new Set(['io']));
  expect(await dueNow()).toContain('release');
});

test('A delayed job, a deadline, a schedule and a deletion are due at their time', async () => {
  await insert({ delayMs: 60_000 });
  const { promote } = (await readDueWork(sql)).inMs;
  expect(promote).toBeGreaterThan(50_000);
  expect(promote).toBeLessThanOrEqual(60_000);
  await insert({ backlog: true, deadlineMs: 30_000 });
  expect((await readDueWork(sql)).inMs.promote).toBeLessThanOrEqual(30_000);
  await sql`UPDATE jobs SET deadline_at = now() WHERE deadline_at IS NOT NULL`;
  await sql`INSERT INTO tenant_deletions (tenant_id) VALUES ('ten_gone')`;
  expect(await dueNow()).toEqual(expect.arrayContaining(['promote', 'clear']));
});

test('A ticket that no worker claims, words to index and a waiting delivery are due', async () => {
  await insert({});
  await sql`UPDATE jobs SET queued_at = now() - interval '1 second'`;
  await sql`INSERT INTO deliveries (id, tenant_id, endpoint_id, job_id, run, event, due_at)
    VALUES ('dlv_1', 'ten_1', 'ep_1', 'job_1', 1, 'job.failed', now() + interval '1 hour')`;
  expect(await dueNow()).toEqual(['redispatch', 'index', 'deliveries']);
  await sql`UPDATE job_inputs SET search_due = false`;
  await sql`UPDATE deliveries SET due_at = NULL`;
  await sql`UPDATE jobs SET finished_at = now(), state = 'completed'`;
  expect(await dueNow()).toEqual([]);
});

test('A watch finds work and pauses by itself, and forgets work that is done', async () => {
  const watch = await watchDueWork({ sql, log });
  const woken: string[] = [];
  watch.onDue('promote', () => woken.push('promote'));
  watch.onBacklog((queue) => woken.push(queue));
  await insert({ delayMs: 100 }, { queue: 'cpu', backlog: true });
  await setPause(sql, { scope: 'kind', name: 'test.noop' }, true);
  await eventually(() => woken.includes('promote') && woken.includes('cpu'));
  await eventually(() => watch.now().kinds.has('test.noop'));
  await sql`DELETE FROM jobs`;
  await eventually(() => !watch.isDue('promote') && !watch.hasBacklog('cpu'));
  await watch.stop();
});

test('A note wakes its task at its time', async () => {
  const watch = await watchDueWork({ sql, log });
  await watch.stop();
  let woken = 0;
  watch.onDue('promote', () => (woken += 1));
  watch.note('promote', 3_600_000);
  expect([woken, watch.isDue('promote')]).toEqual([0, false]);
  watch.note('promote', 20);
  await eventually(() => woken === 1);
  expect(watch.isDue('promote')).toBe(true);
});
