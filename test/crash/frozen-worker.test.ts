import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freezeWorker, loseLeaseAlone } from './scenes/frozen-worker.ts';

test('A worker that thaws after its job was given to another writes nothing, and works on', async () => {
  const { fleet, api, jobId, ticket, frozen } = await freezeWorker();
  await eventually(() => frozen.log().some((line) => line['jobId'] === jobId && /refused/.test(line.msg ?? '')));
  expect(await fleet.verdict(api)).toEqual([]);
  expect(await fleet.row(jobId)).toMatchObject({ state: 'completed', tries: 2, ticket: ticket + 1 });
  for (let count = 0; count < 20; count += 1) await fleet.submit(api, 'test.noop');
  expect(await fleet.verdict(api)).toEqual([]);
});

test('A worker that lost its lease before anybody took its jobs leaves none of them behind', async () => {
  const { fleet, api } = await loseLeaseAlone();
  expect(await fleet.verdict(api)).toEqual([]);
});
