import { randomUUID } from 'node:crypto';
import {
  type AttemptEnd,
  claimJobs,
  type FinishedJob,
  finishJobs,
  insertJobs,
  openPostgres,
  readJobs,
} from '@turno/postgres';
import { afterAll, expect, test } from 'vitest';
import { renderEnd } from '../../libs/jobs/src/follow/job-end.ts';
import { renderJob } from '../../libs/jobs/src/read/job-view.ts';
import { renderNewJob } from '../../libs/jobs/src/submit/render-new-job.ts';
import { newJob } from '../support/new-job.mjs';
import { stores } from '../support/stores/stores.ts';

const { databaseUrl } = await stores();
const postgres = openPostgres({ url: databaseUrl, poolMax: 2, prepare: true, name: 'job-end' });
const { sql } = postgres;
afterAll(() => postgres.close());

const retentionDays = 7;
const draft = () =>
  newJob({ tags: ['a', 'b'], priority: 5, input: '{"n":  1}', metadata: '{"of":"x"}', traceparent: null });

/** Runs a job to its end. Returns it as it was accepted, as its last change was reported, and as a read shows it. */
async function runToEnd(how: Pick<AttemptEnd, 'to' | 'output' | 'error'>, ticket = 1) {
  const job = draft();
  const [inserted] = await insertJobs(sql, [job]);
  if (inserted === undefined) throw new Error('not inserted');
  await sql`UPDATE jobs SET ticket = ${ticket} WHERE id = ${job.id}`;
  const claim = { jobId: job.id, ticket, claim: randomUUID(), worker: 'w' };
  await claimJobs(sql, [claim]);
  const changed: FinishedJob[] = [];
  await finishJobs(sql, [{ ...claim, delayMs: 0, ...how }], (one) => changed.push(one));
  const [row] = await readJobs(sql, [{ tenantId: job.tenantId, jobId: job.id }]);
  const [finished] = changed;
  if (row === undefined || finished === undefined) throw new Error('not finished');
  return { accepted: renderNewJob(job, inserted, retentionDays), finished, read: renderJob(row, retentionDays) };
}

test.each<[string, Pick<AttemptEnd, 'to' | 'output' | 'error'>]>([
  ['completed', { to: 'completed', output: '{"value":  [1, 2]}', error: null }],
  ['failed', { to: 'failed', output: null, error: { code: 'broken', message: 'It broke.', attempt: 1 } }],
])('A submit that waits for a %s job shows it from the signal exactly as a read does', async (_state, how) => {
  const { accepted, finished, read } = await runToEnd(how);
  const end = renderEnd(finished);
  expect(accepted.atEnd?.(end ?? '')).toEqual(read);
});

test('The end of a job with earlier attempts, with a large output or with one in a file is read', async () => {
  const completed = { to: 'completed', error: null } as const;
  expect(renderEnd((await runToEnd({ ...completed, output: `"${'x'.repeat(5_000)}"` })).finished)).toBeUndefined();
  expect(renderEnd((await runToEnd({ ...completed, output: null })).finished)).toBeUndefined();
  expect(renderEnd((await runToEnd({ ...completed, output: '1' }, 2)).finished)).toBeUndefined();
});

test('An end of another shape, as of a later version, is not used', async () => {
  const { accepted } = await runToEnd({ to: 'completed', output: '1', error: null });
  for (const text of ['', '{', '{"state":"completed"}']) expect(accepted.atEnd?.(text)).toBeUndefined();
});
