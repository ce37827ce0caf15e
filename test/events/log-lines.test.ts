import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lenientRedis, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { reach, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { readEvents, type SentEvent } from '../support/http/read-events.ts';
import { startTurno, testKey, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

const sql = postgres((await stores()).databaseUrl, { max: 1 });
afterAll(() => sql.end());
let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({
    KINDS_DIR: testKindsDir,
    ...withConstants({ events: { logLinesMax: 20, logCharsMax: 40 }, redis: lenientRedis }),
  });
});

const follow = ({ id }: { id: string }) => readEvents(`${turno.api}/v1/jobs/${id}/events`, { key: testKey });

/** Returns all events of a job that starts only once it is followed. */
async function eventsOf(kind: string, input: unknown): Promise<SentEvent[]> {
  const job = await submit(turno, kind, input, { delaySeconds: 3_600 });
  const { events, ended } = await follow(job);
  await eventually(() => expect(events).toHaveLength(1));
  await sql`UPDATE jobs SET due_at = now(), run_at = now() WHERE id = ${job.id}`;
  await ended;
  return events;
}

test('Log lines of a handler reach the followers of the job before its end', async () => {
  const events = await eventsOf('test.talk', { lines: ['one', 'two', 'x'.repeat(50)] });
  expect(events.map(({ type }) => type)).toEqual(['state', 'state', 'state', 'log', 'log', 'log', 'state', 'done']);
  expect(events.filter(({ type }) => type === 'log').map(({ data }) => data)).toMatchObject([
    { level: 'info', message: 'one', fields: { round: 1 }, attempt: 1 },
    { message: 'two' },
    { message: `${'x'.repeat(39)}…` },
  ]);
  const states = events.filter(({ type }) => type === 'state').map(({ data }) => [data['state'], data['version']]);
  expect(states).toEqual([
    ['scheduled', 1],
    ['queued', 2],
    ['running', 3],
    ['completed', 4],
  ]);
});

test('A follower that comes while the handler runs also gets the earlier log lines', async () => {
  const job = await submit(turno, 'test.talk', { lines: ['early'], ms: 60_000 });
  await reach(turno, job, 'running');
  await eventually(() => turno.workerApp.log().some((line) => line.msg === 'early'));
  const { events } = await follow(job);
  await eventually(() => expect(events.map(({ data }) => data['message'])).toContain('early'));
  await turno.request(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
  await eventually(() => expect(events.at(-1)?.type).toBe('done'));
  expect(events.filter(({ type }) => type === 'log')).toHaveLength(1);
});

test('Log lines beyond the limit of an attempt are dropped, and the stream says so', async () => {
  const events = await eventsOf('test.talk', { lines: ['again', 'and again'], repeat: 500 });
  const lines = events.filter(({ type }) => type === 'log').map(({ data }) => data['message']);
  expect(lines).toHaveLength(21);
  expect(lines.at(-1)).toBe('this attempt has logged 20 lines; further lines are dropped');
  expect(events.at(-1)?.type).toBe('done');
});

test('Progress is published as it is written', async () => {
  const events = await eventsOf('test.wait', { ms: 2_000 });
  const percents = events.filter(({ type }) => type === 'progress').map(({ data }) => Number(data['percent']));
  expect(percents.length).toBeGreaterThan(0);
  expect(percents).toEqual(percents.toSorted((a, b) => a - b));
  const versions = events.flatMap(({ data }) => (typeof data['version'] === 'number' ? [data['version']] : []));
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
});
