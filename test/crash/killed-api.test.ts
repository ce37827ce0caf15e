import { expect, test } from 'vitest';
import { killApiBeforeDispatch } from './scenes/killed-api.ts';

test('An API killed between its commit and the dispatch: the sweep of any worker sends the job', async () => {
  const { fleet } = await killApiBeforeDispatch();
  await fleet.startWorker();
  expect(await fleet.verdict()).toEqual([]);
  for (const { jobId } of fleet.history.accepted) {
    expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 1 });
  }
});
