import path from 'node:path';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { judge } from '../chaos/judge/judge.ts';
import { ownPostgres } from '../support/stores/mortal-store.ts';
import { root } from '../support/root.ts';
import { freezeWorker } from '../crash/scenes/frozen-worker.ts';
import { killApiBeforeDispatch } from '../crash/scenes/killed-api.ts';

// The same scenes as in test/crash, played by processes that lack one guarantee.
const sabotaged = (name: string) => path.join(root, 'test/sabotage', name);

test('The verdict on a frozen worker is guilty when the fence is gone', async () => {
  const { fleet, jobId } = await freezeWorker(sabotaged('worker-without-fence.mjs'));
  const breaches = await eventually(async () => {
    const found = await judge(fleet.sql, fleet.history);
    return found.length > 0 && found;
  });
  expect(breaches).toContainEqual({ invariant: 'I4', what: 'written after the end of its run', jobId });
});

test('The verdict on a killed API is guilty when nobody looks for lost dispatches', async () => {
  const { fleet } = await killApiBeforeDispatch();
  // Nor may the reconciler, which asks BullMQ itself, come first on a slow machine.
  await fleet.startWorker({}, sabotaged('worker-without-redispatch.mjs'));
  // Several times as long as the shipped sweep needs, by the clock of the jobs themselves.
  await eventually(async () => {
    const [age] = await fleet.sql`SELECT max(created_at) < now() - interval '8 seconds' AS enough FROM jobs`;
    return age?.['enough'] === true;
  });
  expect(await judge(fleet.sql, fleet.history)).toContainEqual(
    expect.objectContaining({ invariant: 'I1', what: 'has no final state' }),
  );
});

test('The verdict on an outage of Postgres is guilty when jobs are dispatched and promised before the commit', async () => {
  const postgres = await ownPostgres();
  const fleet = await openFleet({ databaseUrl: postgres.url });
  const api = await fleet.startApi({}, sabotaged('api-before-commit.mjs'));
  await fleet.startWorker();
  const { jobId } = await fleet.submit(api, 'test.noop');
  await eventually(async () => (await fleet.row(jobId)).state === 'completed');
  expect(await fleet.verdict()).toEqual([]);
  await postgres.end('SIGKILL');
  expect(await fleet.submitOnce(api, 'test.noop')).toMatchObject({ status: 202 });
  await eventually(() => api.log().some((line) => line.msg === 'promised and not committed'));
  await postgres.start();
  expect(await fleet.verdict()).toContainEqual(expect.objectContaining({ invariant: 'I2', what: 'accepted and gone' }));
});
