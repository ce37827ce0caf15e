import { job as jobSchema, type Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ KINDS_DIR: testKindsDir });
});

test('A client submits a job, polls it by its Retry-After and ETag, and reads its output', async () => {
  const body = { kind: 'math.sum-of-squares', input: { n: 1_000_000 } };
  const submitted = await turno.request('/v1/jobs', { body });
  expect(submitted.status).toBe(202);
  const location = submitted.headers.get('location') ?? '';
  let etag = '';
  const etags: string[] = [];
  const job = await eventually(async () => {
    const response = await turno.request(location, { headers: { ...(etag && { 'if-none-match': etag }) } });
    if (response.status === 304) return false;
    etag = response.headers.get('etag') ?? '';
    const seen = jobSchema.parse(await response.json());
    etags.push(etag);
    return seen.state === 'completed' && seen;
  });
  expect(new Set(etags).size).toBe(etags.length); // every 200 brought news
  expect(job).toMatchObject({ output: { sum: '333332833333500000' }, attempt: 1, error: null });
  expect(job && job.attempts).toMatchObject([{ run: 1, number: 1, outcome: 'completed' }]);
  expect(await (await turno.request(`${location}/output`)).json()).toEqual({ sum: '333332833333500000' });
  expect(await (await turno.request(`${location}/input`)).json()).toEqual({ n: 1_000_000 });
});

test('A client that waits gets its result in one call', async () => {
  const headers = { prefer: 'wait=30' };
  const response = await turno.request('/v1/jobs', { body: { kind: 'test.noop', input: { value: 'é' } }, headers });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ state: 'completed', output: { value: 'é' } });
});

test('A failure is final, has its code, and ends a long poll for the output', async () => {
  const body = { kind: 'test.flaky', input: { failures: 1, permanent: true, message: 'never will' } };
  const { id } = (await (await turno.request('/v1/jobs', { body })).json()) as Job;
  const response = await turno.request(`/v1/jobs/${id}/output`, { headers: { prefer: 'wait=30' } });
  expect(response.status).toBe(409);
  expect(await response.json()).toMatchObject({
    code: 'job-not-completed',
    detail: 'The job failed: never.',
    error: { code: 'never', message: 'never will', attempt: 1 },
  });
});

test('A hundred clients that wait at once get each their own result', async () => {
  const results = await Promise.all(
    Array.from({ length: 100 }, async (_, value) => {
      const headers = { prefer: 'wait=60' };
      const response = await turno.request('/v1/jobs', { body: { kind: 'test.noop', input: { value } }, headers });
      return ((await response.json()) as Job).output;
    }),
  );
  expect(results).toEqual(Array.from({ length: 100 }, (_, value) => ({ value })));
});
