import { randomUUID } from 'node:crypto';
import { claimJobs, finishJobs, insertJobs } from '@turno/postgres';
import { benchJob } from './bench-job.mjs';

/** Creates a completed job of a tenant and returns its id. */
export async function finishOne(sql, tenantId) {
  const job = { ...benchJob(0), tenantId, kind: 'test.noop', input: '{"value":1}' };
  await insertJobs(sql, [job]);
  const claim = { jobId: job.id, ticket: 1, claim: randomUUID(), worker: 'bench' };
  await claimJobs(sql, [claim]);
  await finishJobs(sql, [{ ...claim, to: 'completed', output: '{"value":1}', error: null, delayMs: 0 }], () => {});
  return job.id;
}
