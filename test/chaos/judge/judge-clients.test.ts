import { type AttemptEnd, claimJobs, finishJobs, insertJobs, openPostgres } from '@turno/postgres';
import postgresJs from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newJob } from '../../support/new-job.mjs';
import { type Breach, type ClientEvidence, judge, judgeConnection } from './judge.ts';
import { recordChanges } from '../../support/stores/record-changes.ts';
import { stores } from '../../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'judged' });
const sql = postgresJs(databaseUrl, judgeConnection);
afterAll(() => Promise.all([postgres.close(), sql.end()]));

const jobs = Array.from({ length: 6 }, () => newJob());
const [good = '', failed = '', other = ''] = jobs.map((job) => job.id);
const history: ClientEvidence = {
  accepted: jobs.map(({ id }) => ({ jobId: id, key: `key of ${id}` })),
  polls: jobs.flatMap(({ id }) => [1, 2, 2, 3].map((version) => ({ jobId: id, version }))),
};

beforeAll(async () => {
  await recordChanges(sql);
  await insertJobs(postgres.sql, jobs);
  for (const { id: jobId } of jobs) {
    const request = { jobId, ticket: 1, claim: `claim of ${jobId}`, worker: 'w' };
    await claimJobs(postgres.sql, [request]);
    const end: AttemptEnd = { ...request, to: 'completed', output: '{}', error: null, delayMs: 0 };
    const failure = { to: 'failed', output: null, error: { code: 'boom', message: 'no', attempt: 1 } } as const;
    await finishJobs(postgres.sql, [jobId === failed ? { ...end, ...failure } : end]);
  }
});

/** The verdict on a doctored copy; what was doctored is gone afterwards. */
async function verdictAfter(doctor: string, doctored: Partial<ClientEvidence> = {}): Promise<Breach[]> {
  const copy = await sql.reserve();
  try {
    await copy`BEGIN`;
    await copy.unsafe(doctor);
    return await judge(copy, { ...history, ...doctored });
  } finally {
    await copy`ROLLBACK`;
    copy.release();
  }
}

test('A history in which all went well has no breach', async () => {
  expect(await judge(sql, history)).toEqual([]);
});

test.each<[string, Omit<Breach, 'jobId'>, string, string]>([
  ['a lost job', { invariant: 'I2', what: 'accepted and gone' }, `DELETE FROM jobs WHERE id = '${good}'`, good],
  [
    'a lost input',
    { invariant: 'I2', what: 'its input is gone' },
    `DELETE FROM job_inputs WHERE job_id = '${good}'`,
    good,
  ],
  [
    'a job that never ended',
    { invariant: 'I1', what: 'has no final state' },
    `UPDATE jobs SET state = 'running', finished_at = NULL WHERE id = '${good}'`,
    good,
  ],
  [
    'two ends of one run',
    { invariant: 'I1', what: 'a run has not exactly one final state' },
    `UPDATE jobs SET state = 'completed', version = version + 1 WHERE id = '${failed}'`,
    failed,
  ],
  [
    'a late writer',
    { invariant: 'I4', what: 'written after the end of its run' },
    `UPDATE jobs SET progress_percent = 50, version = version + 1 WHERE id = '${good}'`,
    good,
  ],
  [
    'an older run that goes on',
    { invariant: 'I4', what: 'an older run was written after a newer one began' },
    `UPDATE jobs SET run = 2 WHERE id = '${good}'; UPDATE jobs SET run = 1 WHERE id = '${good}'`,
    good,
  ],
  [
    'two outputs',
    { invariant: 'I4', what: 'completed without one output, or not completed with one' },
    `ALTER TABLE job_outputs DROP CONSTRAINT job_outputs_pkey;
     INSERT INTO job_outputs SELECT * FROM job_outputs WHERE job_id = '${good}'`,
    good,
  ],
  [
    'no output',
    { invariant: 'I4', what: 'completed without one output, or not completed with one' },
    `DELETE FROM job_outputs WHERE job_id = '${good}'`,
    good,
  ],
  [
    'the output of a failed job',
    { invariant: 'I4', what: 'completed without one output, or not completed with one' },
    `INSERT INTO job_outputs VALUES ('${failed}', '{}', 2)`,
    failed,
  ],
  [
    'a ticket that two workers started',
    { invariant: 'I5', what: 'one ticket was started twice' },
    `INSERT INTO job_changes (job_id, run, state, ticket, claim, version, is_final)
     VALUES ('${good}', 1, 'running', 1, 'another', 2, false)`,
    good,
  ],
  [
    'a ticket with two attempts',
    { invariant: 'I5', what: 'one ticket has two attempts in the history' },
    `ALTER TABLE job_attempts DROP CONSTRAINT job_attempts_pkey;
     INSERT INTO job_attempts SELECT '${good}', 1, 1, 1, claim, 'w', now(), now(), 'retrying' FROM unnest(ARRAY['a', 'b']) AS claim`,
    good,
  ],
  [
    'a ticket that was given again',
    { invariant: 'I5', what: 'its ticket went back' },
    `UPDATE jobs SET ticket = 3 WHERE id = '${good}'; UPDATE jobs SET ticket = 1 WHERE id = '${good}'`,
    good,
  ],
  [
    'a start that nobody counted',
    { invariant: 'I5', what: 'more starts than tries and hand-backs' },
    `UPDATE jobs SET tries = 0 WHERE id = '${good}'`,
    good,
  ],
  [
    'a try too many',
    { invariant: 'I5', what: 'more tries than it may have' },
    `UPDATE jobs SET tries = max_attempts + 1 WHERE id = '${good}'`,
    good,
  ],
  [
    'a change that kept its version',
    { invariant: 'I7', what: 'its version did not rise at a change of state' },
    `UPDATE jobs SET state = 'completed' WHERE id = '${failed}'`,
    failed,
  ],
])('The judge finds %s', async (_what, breach, doctor, jobId) => {
  expect(await verdictAfter(doctor)).toContainEqual({ ...breach, jobId });
});

test('The judge finds a job that a client was promised and Postgres never had', async () => {
  const accepted = [...history.accepted, { jobId: 'job_never' }];
  expect(await verdictAfter('', { accepted })).toEqual([
    { invariant: 'I2', what: 'accepted and gone', jobId: 'job_never' },
  ]);
});

test('The judge finds two jobs of one idempotency key', async () => {
  const accepted = [...history.accepted, { jobId: other, key: `key of ${good}` }];
  expect(await verdictAfter('', { accepted })).toEqual([{ invariant: 'I3', what: 'one key, two jobs', jobId: other }]);
});

test('The judge finds a poll that saw an older version than one before it', async () => {
  const polls = [...history.polls, { jobId: good, version: 1 }];
  expect(await verdictAfter('', { polls })).toEqual([
    { invariant: 'I7', what: 'a poll saw an older version', jobId: good },
  ]);
});
