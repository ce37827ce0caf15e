import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings, type Turno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { type TcpGate, throughGate } from '../support/http/tcp-gate.ts';

const settings = { KINDS_DIR: testKindsDir, SHUTDOWN_GRACE_SECONDS: '1' };
/** The grace, what a stopping worker may need beyond it, and room for a busy machine. */
const withinMs = 60_000;

let turno: Turno;
let redis: { gate: TcpGate; url: string };
let postgres: { gate: TcpGate; url: string };

beforeAll(async () => {
  const { databaseUrl, redisUrl } = await stores();
  redis = await throughGate(redisUrl);
  postgres = await throughGate(databaseUrl);
  turno = await startTurno(settings);
  await turno.workerApp.stop();
  return () => (redis.gate.close(), postgres.gate.close());
});

async function startBusyWorker() {
  const worker = await startApp(
    'worker',
    await testSettings({ ...settings, REDIS_URL: redis.url, DATABASE_URL: postgres.url }),
  );
  const job = await submit(turno, 'test.wait', { ms: 120_000 });
  await eventually(async () => (await show(turno, job)).state === 'running');
  return { worker, job };
}

test.each([
  ['with its stores', () => {}],
  ['with Redis away', () => redis.gate.shut()],
  ['with Redis hanging', () => redis.gate.hang()],
])(
  'A worker that is stopped (%s) exits 0 after its grace, and its attempts are requeued without being counted',
  async (_name, harm) => {
    const { worker, job } = await startBusyWorker();
    harm();
    expect(await worker.stop(withinMs), worker.output().slice(-4_000)).toBe(0);
    expect(await show(turno, job)).toMatchObject({ state: 'queued', attempts: [{ outcome: 'handed-back' }] });
    redis.gate.open();
    await turno.request(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
  },
);

test.each([
  ['away', () => postgres.gate.shut()],
  ['hanging', () => postgres.gate.hang()],
])('A worker that is stopped with Postgres %s exits 0 after its grace', async (_name, harm) => {
  const { worker, job } = await startBusyWorker();
  harm();
  expect(await worker.stop(withinMs), worker.output().slice(-4_000)).toBe(0);
  postgres.gate.open();
  await turno.request(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
});
