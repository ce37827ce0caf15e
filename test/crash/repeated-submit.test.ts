import type { Job } from '@turno/contract';
import { expect, test } from 'vitest';
import { openFleet } from '../support/apps/fleet.ts';
import { leaveSubmitUnanswered, submitWithKey } from './scenes/unanswered-submit.ts';

test('An API killed between its commit and its answer: the repeat with the same key gets the same job, once', async () => {
  const fleet = await openFleet();
  const committed = await leaveSubmitUnanswered(fleet, 'unanswered');
  const api = await fleet.startApi();
  const repeat = await submitWithKey(api, 'unanswered');
  expect([repeat.status, repeat.headers.get('idempotency-replayed')]).toEqual([202, 'true']);
  const { id } = (await repeat.json()) as Job;
  expect(id).toBe(committed);
  fleet.history.accepted.push({ jobId: id, key: 'unanswered' });
  await fleet.startWorker();
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.sql`SELECT id FROM jobs`).toHaveLength(1);
});
