import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';

test('Handlers that never settle, throw and kill their process fail alone, each with its own code', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const worker = await fleet.startWorker({ WORKER_QUEUES: 'cpu,io', IO_CONCURRENCY: '2', CPU_CONCURRENCY: '2' });
  const once = { maxAttempts: 1 };
  const poison = new Map([
    [await fleet.submit(api, 'test.wait', { ms: 3_600_000, deaf: true }, { ...once, timeoutSeconds: 1 }), 'timeout'],
    [await fleet.submit(api, 'test.wait', { ms: 3_600_000, deaf: true }, { ...once, timeoutSeconds: 1 }), 'timeout'],
    [await fleet.submit(api, 'test.flaky', { failures: 9 }, once), 'handler-error'],
    [await fleet.submit(api, 'test.misbehave', { how: 'loop' }, { timeoutSeconds: 1 }), 'timeout'],
    [await fleet.submit(api, 'test.misbehave', { how: 'native' }, { timeoutSeconds: 1 }), 'timeout'],
    [await fleet.submit(api, 'test.misbehave', { how: 'exit' }), 'child-exited'],
    [await fleet.submit(api, 'test.misbehave', { how: 'buffers' }), 'out-of-memory'],
  ]);
  // Both slots for io are taken by deaf handlers at first; these need them back.
  const others = await Promise.all(Array.from({ length: 10 }, () => fleet.submit(api, 'test.noop')));
  expect(await fleet.verdict(api)).toEqual([]);
  for (const [{ jobId }, code] of poison) expect(await fleet.row(jobId)).toMatchObject({ state: 'failed', code });
  for (const { jobId } of others) expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 1 });
  await eventually(() => fetch(`${worker.addresses['ops']}/livez`).then((response) => response.ok));
});
