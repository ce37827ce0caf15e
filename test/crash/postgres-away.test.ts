import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { handlersBegin, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { ownPostgres } from '../support/stores/mortal-store.ts';

const postgres = await ownPostgres();

test.each([
  ['fast', 'SIGINT'],
  ['at once', 'SIGQUIT'],
  ['by kill -9', 'SIGKILL'],
] as const)(
  'Postgres ended %s: 503 and never a false 202, outputs are kept, all goes on by itself',
  async (_how, signal) => {
    const fleet = await openFleet({ databaseUrl: postgres.url });
    const api = await fleet.startApi();
    const worker = await fleet.startWorker();
    const { until, lift } = makeLatch();
    const inHand = await fleet.submit(api, 'test.wait', { until });
    await handlersBegin([worker], 1);
    await postgres.end(signal);
    lift();
    expect(await fleet.submitOnce(api, 'test.noop')).toMatchObject({ status: 503, retryAfter: '2' });
    await postgres.start();
    await eventually(async () => (await fleet.submitOnce(api, 'test.noop')).status === 202);
    expect(await fleet.verdict(api)).toEqual([]);
    const { state, tries } = await fleet.row(inHand.jobId);
    expect({ state, tries }).toEqual({ state: 'completed', tries: 1 });
  },
);
