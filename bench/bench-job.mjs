import { newJob } from '../test/support/new-job.mjs';

/** Returns the nth job of a measurement, as the API inserts it when it has a slot. */
export function benchJob(n) {
  return newJob({ tenantId: `ten_${n % 7}`, kind: 'http.request', input: '{"url":"https://example.test/"}' });
}
