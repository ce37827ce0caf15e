import { beforeAll, expect, test } from 'vitest';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { final, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { type Answer, reply, startReceiver } from '../support/http/receivers.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';
import { listDeliveries, quickWebhooks, register } from '../support/http/webhooks.ts';

const jobsCount = 30;
const perEndpointMax = 2;
let turno: Turno;
beforeAll(async () => {
  // The maintenance task alone would need fifteen rounds, longer than `eventually` waits. No try ends by its timeout.
  const slow = withConstants({ deliveries: { dispatchEveryMs: 10_000, perEndpointMax, timeoutMs: 600_000 } });
  turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir, ...mergeSettings(quickWebhooks, slow) });
});

const accept = reply(200);

async function runJobs(): Promise<void> {
  const jobs = await Promise.all(Array.from({ length: jobsCount }, () => submit(turno, 'test.noop', {})));
  for (const job of jobs) await final(turno, job);
}

test('A quick receiver gets its next deliveries before the next round of the maintenance task', async () => {
  const early: (() => void)[] = [];
  let ready = false;
  const answer: Answer = (...all) => void (ready ? accept(...all) : early.push(() => accept(...all)));
  const receiver = await startReceiver(answer);
  const { id } = await register(turno, receiver.url);
  await runJobs();
  // All deliveries are due before the first one is answered.
  ready = true;
  for (const one of early) one();
  await eventually(() => expect(receiver.received).toHaveLength(jobsCount));
  await turno.request(`/v1/endpoints/${id}`, { method: 'DELETE' });
});

test('A dead receiver with many deliveries has few connections and does not delay another endpoint', async () => {
  const [dead, live] = [await startReceiver(() => {}), await startReceiver(accept)];
  const [{ id: deadId }] = [await register(turno, dead.url), await register(turno, live.url)];
  await runJobs();
  await eventually(() => expect(live.received).toHaveLength(jobsCount));
  await eventually(() => expect(dead.received).toHaveLength(perEndpointMax));
  // Not one more had been sent, and none was given up.
  expect([dead.open(), await listDeliveries(turno, `endpoint=${deadId}&state=delivered`)]).toEqual([
    perEndpointMax,
    [],
  ]);
});
