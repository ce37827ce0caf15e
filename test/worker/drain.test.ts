import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { startApp } from '../support/apps/start-app.ts';
import { testSettings } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { type TcpGate, throughGate } from '../support/http/tcp-gate.ts';

const settings = { KINDS_DIR: testKindsDir, SHUTDOWN_GRACE_SECONDS: '1' };
/** The grace, what a stopping worker may need beyond it, and room for a busy machine. */
const withinMs = 60_000;

let api: Api;
let postgres: { gate: TcpGate; url: string };

beforeAll(async () => {
  const { databaseUrl } = await stores();
  postgres = await throughGate(databaseUrl);
  api = await startApi(settings);
  return () => postgres.gate.close();
});

async function startBusyWorker() {
  const worker = await startApp(
    'worker',
    await testSettings({ ...settings, WORKER_QUEUES: 'io', DATABASE_URL: postgres.url }),
  );
  const job = await submit(api, 'test.wait', { ms: 120_000 });
  await eventually(async () => (await show(api, job)).state === 'running');
  return { worker, job };
}

// The same with Redis there, away and hanging is in test/crash/stopped-worker.test.ts.
test.each([
  ['away', () => postgres.gate.shut()],
  ['hanging', () => postgres.gate.hang()],
])('A worker that is stopped with Postgres %s exits 0 after its grace', async (_name, harm) => {
  const { worker, job } = await startBusyWorker();
  harm();
  expect(await worker.stop(withinMs), worker.output().slice(-4_000)).toBe(0);
  postgres.gate.open();
  await api.request(`/v1/jobs/${job.id}/cancel`, { method: 'POST' });
});
