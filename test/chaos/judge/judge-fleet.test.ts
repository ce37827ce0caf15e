import { claimJobs, finishJobs, insertEndpoint, insertJobs, openPostgres } from '@turno/postgres';
import postgresJs from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Evidence, judgeConnection, judgeFleet } from './judge.ts';
import { createRandom } from '../random.ts';
import { newJob } from '../../support/new-job.mjs';
import { recordChanges } from '../../support/stores/record-changes.ts';
import { stores } from '../../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'judged' });
const sql = postgresJs(databaseUrl, judgeConnection);
afterAll(() => Promise.all([postgres.close(), sql.end()]));

const jobs = ['a', 'b'].map((key) => newJob({ kind: 'test.noop', tags: [key], input: `{"value":"${key}"}` }));
const [one = '', other = ''] = jobs.map((job) => job.id);
const at = 0;
/** The receiver refused each webhook once and took it then. */
const hooks = jobs.map(({ id: job }) => {
  const sent = { id: `delivery of ${job}`, job, run: 1, event: 'job.completed', hash: job };
  return { at, type: 'webhook' as const, ...sent, own: '', verified: true, status: 204 };
});
const evidence: Evidence = {
  history: [
    ...jobs.flatMap(({ id, tags: [key = ''], kind }) => [
      { at, type: 'accepted' as const, key, id, kind },
      { at, type: 'seen' as const, id, run: 1, state: 'running', version: 2 },
      { at, type: 'seen' as const, id, run: 1, state: 'completed', version: 3 },
    ]),
    ...hooks.flatMap((hook) => [{ ...hook, status: 500 }, hook]),
  ],
  starts: jobs.map(({ id }) => ({ jobId: id, at })),
  ends: jobs.map(({ id }) => ({ jobId: id, ticket: 1, to: 'completed' })),
};

beforeAll(async () => {
  await recordChanges(sql);
  const secret = { sealed: Buffer.from('sealed'), keyId: 'k' };
  const events = ['job.completed'];
  await insertEndpoint(postgres.sql, { id: 'ep_1', tenantId: 'ten_test', url: 'http://a/', events, secret }, 1);
  await insertJobs(postgres.sql, jobs);
  for (const { id: jobId, input: output } of jobs) {
    const request = { jobId, ticket: 1, claim: `claim of ${jobId}`, worker: 'w' };
    await claimJobs(postgres.sql, [request]);
    await finishJobs(postgres.sql, [{ ...request, to: 'completed', output, error: null, delayMs: 0 }]);
  }
  await sql`UPDATE deliveries SET state = 'delivered', tries = 2, id = 'delivery of ' || job_id`;
  await sql`CREATE TABLE original_deliveries AS TABLE deliveries`;
});

const verdictOn = async (doctored: Partial<Evidence>) =>
  (await judgeFleet(sql, { ...evidence, ...doctored })).filter(({ breaches }) => breaches > 0).map(({ what }) => what);

test('Evidence in which all went well has no breach', async () => {
  expect(await verdictOn({})).toEqual([]);
});

const also = (...entries: Evidence['history']) => ({ history: [...evidence.history, ...entries] });

test.each<[string, string, Partial<Evidence>]>([
  ['a lost job', 'accepted and gone', also({ at, type: 'accepted', key: 'c', id: 'job_gone', kind: 'test.noop' })],
  ['a job that a poll missed', '404', also({ at, type: 'seen', id: one, run: 0, state: 'missing', version: 9 })],
  ['two jobs of one key', 'one key', also({ at, type: 'accepted', key: 'a', id: other, kind: 'test.noop' })],
  [
    'a refusal that was none',
    'refused for good',
    { history: [{ at, type: 'refused', key: 'a', status: 429 }, ...evidence.history.slice(3)] },
  ],
  [
    'a late writer that was let in',
    'doubled',
    { ends: [...evidence.ends, { jobId: one, ticket: 2, to: 'completed' }] },
  ],
  ['a cancel without effect', 'cancel', also({ at, type: 'cancelled', id: one, run: 1, status: 200 })],
  ['a start too many', 'started more often', { starts: [...evidence.starts, { jobId: one, at }] }],
  ['an old version', 'older version', also({ at, type: 'seen', id: one, run: 1, state: 'running', version: 2 })],
  [
    'another end than a poll had shown',
    'than a poll had shown',
    also({ at, type: 'seen', id: one, run: 1, state: 'failed', version: 3 }),
  ],
  [
    'a success that should have failed',
    'against what was to be expected',
    {
      history: evidence.history.map((entry) => (entry.type === 'accepted' ? { ...entry, failsWith: 'never' } : entry)),
    },
  ],
])('%s is found', async (_what, words, doctored) => {
  expect((await verdictOn(doctored)).join('\n')).toContain(words);
});

const withHook = (changed: Partial<(typeof hooks)[number]>) => also(...hooks.map((hook) => ({ ...hook, ...changed })));

test.each<[string, string, Partial<Evidence>]>([
  [
    'delivered, and nobody took it',
    'never taken',
    { history: evidence.history.filter((entry) => entry.type !== 'webhook') },
  ],
  ['one end under two ids', 'several deliveries: doubled', withHook({ id: 'another' })],
  ['an id that Postgres does not know', 'what no delivery says', withHook({ id: 'another' })],
  ['the end of another run', 'what no delivery says', withHook({ run: 2 })],
  ['an end that was none', 'what no delivery says', withHook({ event: 'job.failed' })],
  ['what another job’s URL was to be told', 'what no delivery says', withHook({ own: 'b' })],
  ['a body that is not the one of before', 'a body that changed', withHook({ hash: 'other bytes' })],
  ['a forged signature', 'does not verify', withHook({ verified: false })],
  [
    'a job’s own URL that heard nothing',
    'own URL is not told: lost',
    also({ at, type: 'accepted', key: 'a', id: one, kind: 'test.noop', own: ['job.completed'] }),
  ],
])('A fault of webhooks is found: %s', async (_what, words, doctored) => {
  expect((await verdictOn(doctored)).join('\n')).toContain(words);
});

test.each([
  ['lost', 'endpoint is not told: lost', `DELETE FROM deliveries WHERE job_id = '${one}'`],
  ['still under way', 'neither delivered', `UPDATE deliveries SET state = 'pending'`],
  ['given up too early', 'exhausted before', `UPDATE deliveries SET state = 'exhausted', reason = 'tries'`],
  [
    'doubled',
    'several deliveries: doubled',
    `ALTER TABLE deliveries DROP CONSTRAINT deliveries_job_id_run_endpoint_id_event_own_url_key; INSERT INTO deliveries (id, tenant_id, endpoint_id, job_id, run, event, state)
      SELECT 'twin', tenant_id, endpoint_id, job_id, run, event, state FROM deliveries WHERE job_id = '${one}'`,
  ],
  ['of no end', 'an end that was none', `UPDATE deliveries SET run = 2`],
])('A fault of deliveries is found: %s', async (_what, words, doctor) => {
  await sql.unsafe(doctor);
  expect((await verdictOn({})).join('\n')).toContain(words);
  await sql.unsafe('TRUNCATE deliveries; INSERT INTO deliveries SELECT * FROM original_deliveries');
});

test('The same seed gives the same faults', () => {
  const [first, second, third] = [createRandom(7), createRandom(7), createRandom(8)];
  const order = first.shuffle([...Array(20).keys()]);
  expect(second.shuffle([...Array(20).keys()])).toEqual(order);
  expect(third.shuffle([...Array(20).keys()])).not.toEqual(order);
});
