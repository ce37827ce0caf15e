import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { startBoard } from '../support/apps/start-board.ts';

test('Whatever the board of BullMQ does to its queues (retry all, empty, obliterate), no job is lost or runs twice', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  const worker = await fleet.startWorker({ IO_CONCURRENCY: '2' });
  const board = await startBoard({ BOARD_READ_ONLY: 'false' });
  const failed = await fleet.submit(api, 'test.flaky', { failures: 9 }, { maxAttempts: 1 });
  await eventually(async () => (await fleet.row(failed.jobId)).state === 'failed');
  const { until, lift } = makeLatch();
  for (let count = 0; count < 12; count += 1) await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.running(worker)).length === 2);
  const put = (what: string) => board.request(`/api/queues/io/${what}`, { method: 'PUT' });
  expect((await put('retry/failed')).status).toBeLessThan(300);
  expect((await put('empty')).status).toBeLessThan(300);
  await put('obliterate'); // refused by BullMQ itself while it holds active jobs
  for (let count = 0; count < 12; count += 1) await fleet.submit(api, 'test.noop');
  lift();
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(failed.jobId)).toMatchObject({ state: 'failed', run: 1, tries: 1 });
});
