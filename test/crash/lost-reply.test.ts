import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gated, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { stores } from '../support/stores/stores.ts';

test('The answer to a COMMIT is lost: the submit is answered with the job that was committed, and there is no other', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  const fleet = await openFleet();
  // One connection, on which every statement is prepared by then: a new one would need an answer before it could
  // commit.
  const api = await fleet.startApi({ DATABASE_URL: url, DATABASE_POOL_MAX: '1' });
  await fleet.startWorker();
  await fleet.submitOnce(api, 'test.noop');
  gate.muteAt('once');
  const answer = fleet.submitOnce(api, 'test.noop', { value: 'once' });
  await eventually(async () => (await fleet.sql`SELECT FROM jobs`).length === 2);
  gate.shut();
  gate.open();
  expect(await answer).toMatchObject({ status: 202 });
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.sql`SELECT FROM jobs`).toHaveLength(2);
});

test('The answer to the end of an attempt is lost: it is written once, and the handler does not run again', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  const fleet = await openFleet();
  const api = await fleet.startApi();
  await fleet.startWorker({ DATABASE_URL: url, DATABASE_POOL_MAX: '1' });
  await fleet.submit(api, 'test.wait');
  await fleet.drained();
  const { until, lift } = makeLatch();
  const { jobId } = await fleet.submit(api, 'test.wait', { until });
  await eventually(async () => (await fleet.row(jobId)).state === 'running');
  const { ticket } = await fleet.row(jobId);
  gate.muteAt('{"completed"}');
  lift();
  await eventually(async () => (await fleet.row(jobId)).state === 'completed');
  gate.shut();
  gate.open();
  const { jobId: next } = await fleet.submit(api, 'test.noop');
  await eventually(async () => (await fleet.row(next)).state === 'completed');
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 1, ticket });
});

test('A job that runs in the name of a living worker, which knows nothing of it, is queued again', async () => {
  const fleet = await openFleet();
  const api = await fleet.startApi();
  await fleet.startWorker();
  const { jobId: busy } = await fleet.submit(api, 'test.wait', { ms: 4_000 });
  await eventually(async () => (await fleet.row(busy)).state === 'running');
  const { jobId } = await fleet.submit(api, 'test.noop', {}, { delaySeconds: 3_600 });
  // As after a claim whose answer was given up, or a stand-by that has the claim and lost the end.
  await fleet.sql`UPDATE jobs SET state = 'running', due_at = NULL, ticket = ticket + 1, claim = 'forgotten', tries = 1,
    version = version + 1, started_at = now(), worker = (SELECT worker FROM jobs WHERE id = ${busy}) WHERE id = ${jobId}`;
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 2 });
  expect(await fleet.row(busy)).toMatchObject({ state: 'completed', tries: 1 });
});
