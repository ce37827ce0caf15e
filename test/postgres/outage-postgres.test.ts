import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { Job } from '@turno/contract';
import { eventually } from '../support/eventually.ts';
import { final, run, show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import type { App } from '../support/apps/start-app.ts';
import { addKey } from '../support/apps/start-api.ts';
import { type RequestOptions, startTurno, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { type TcpGate, throughGate } from '../support/http/tcp-gate.ts';

const body = { kind: 'test.noop', input: {} };
let turno: Turno;
let gate: TcpGate;

beforeAll(async () => {
  const through = await throughGate((await stores()).databaseUrl);
  gate = through.gate;
  turno = await startTurno({
    DATABASE_URL: through.url,
    WORKER_QUEUES: 'io',
    KINDS_DIR: testKindsDir,
    SHUTDOWN_GRACE_SECONDS: '1',
  });
  return () => gate.close();
});

const started = (job: Pick<Job, 'id'>) => eventually(async () => (await show(turno, job)).state === 'running');

async function expectWell(): Promise<void> {
  await eventually(async () => expect((await turno.request('/v1/jobs', { body })).status).toBe(202));
  expect(await final(turno, await submit(turno, 'test.noop', {}))).toMatchObject({ state: 'completed', attempt: 1 });
}

test.each(['shut', 'hang'] as const)(
  'While Postgres cannot answer (%s) submits, reads, changes and unknown keys get 503 with Retry-After, and all is well after it',
  async (how) => {
    onTestFinished(() => gate.open());
    const { id } = await submit(turno, 'test.wait', { ms: 60_000 });
    const failed = await run(turno, 'test.flaky', { failures: 9 }, { maxAttempts: 1 });
    const unknownKey = await addKey('tenant_other', ['jobs:read']);
    gate[how]();
    const ask = (path: string, more: RequestOptions = {}) =>
      turno.request(path, { once: true, signal: AbortSignal.timeout(60_000), ...more });
    const change = (path: string, more: RequestOptions = {}) => ask(path, { method: 'POST', ...more });
    const asked = await Promise.all([
      change(`/v1/jobs/${id}/cancel`),
      change(`/v1/jobs/${failed.id}/retry`),
      change('/v1/jobs/retry', { body: { filter: {} } }),
      change(`/v1/jobs/${failed.id}`, { method: 'DELETE' }),
      change('/v1/queues/io/resume'),
      ask('/v1/jobs', { body }),
      ask(`/v1/jobs/${id}`),
      ask(`/v1/jobs/${id}/input`),
      ask(`/v1/jobs/${id}`, { headers: { authorization: `Bearer ${unknownKey}` } }),
    ]);
    for (const response of asked) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
      expect(await response.json()).toMatchObject({ code: 'store-unavailable' });
    }
    gate.open();
    await expectWell();
  },
);

test.each(['shut', 'hang'] as const)(
  'What ended while Postgres was away (%s) is kept, and written once',
  async (how) => {
    onTestFinished(() => gate.open());
    const { until, lift } = makeLatch();
    const job = await submit(turno, 'test.wait', { until, ms: 10 });
    await started(job);
    gate[how]();
    lift();
    await eventually(() => turno.workerApp.log().some((line) => line['jobId'] === job.id && line.msg === 'waited'));
    gate.open();
    expect(await final(turno, job)).toMatchObject({ state: 'completed', attempt: 1, output: { waitedMs: 10 } });
    const seen = await show(turno, job);
    expect(seen.attempts).toHaveLength(1);
  },
);

test('An outage is told in few lines however many requests it refuses, with its begin, its cause and its end', async () => {
  onTestFinished(() => gate.open());
  const linesOf = (app: App, text: string) => app.log().filter(({ msg }) => msg === text).length;
  const linesOfBoth = (text: string) => [turno.apiApp, turno.workerApp].map((app) => linesOf(app, text));
  const ready = async () => (await fetch(`${turno.workerApp.addresses['ops']}/readyz`)).json();
  await eventually(() =>
    expect(linesOfBoth('postgres answers again')).toEqual(linesOfBoth('postgres does not answer')),
  );
  const earlier = linesOfBoth('postgres does not answer');
  const refused = linesOf(turno.apiApp, 'request answered 503: a store is not available');
  gate.shut();
  const submits = Array.from({ length: 100 }, () => turno.request('/v1/jobs', { body, once: true }));
  for (const { status } of await Promise.all(submits)) expect(status).toBe(503);
  await eventually(async () => expect(await ready()).toEqual({ status: 'unavailable' }));
  await eventually(() => expect(linesOfBoth('postgres does not answer')).toEqual(earlier.map((count) => count + 1)));
  gate.open();
  await expectWell();
  await eventually(() =>
    expect(linesOfBoth('postgres answers again')).toEqual(linesOfBoth('postgres does not answer')),
  );
  expect(linesOf(turno.apiApp, 'request answered 503: a store is not available') - refused).toBeLessThan(20);
  await eventually(async () => expect(await ready()).toEqual({ status: 'ready' }));
});
