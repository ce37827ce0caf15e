import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { eventually } from '../support/eventually.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { stores } from '../support/stores/stores.ts';

interface Counts {
  hits: number;
  shared: number;
  misses: number;
  stale: number;
}
type Report = Record<'keys' | 'jobsInMemory' | 'jobsInRedis', Counts>;

/** Its memory holds a job for a second. */
let brief: Api;
let lasting: Api;
let hand: JobsByHand;

beforeAll(async () => {
  hand = await jobsByHand();
  [brief, lasting] = await Promise.all([startApi(withConstants({ resultMemory: { maxAgeMs: 1_000 } })), startApi()]);
});
afterAll(() => hand.close());

const report = async ({ app }: Api) => (await (await fetch(`${app.addresses['ops'] ?? ''}/caches`)).json()) as Report;

/** What `work` changed of the counts of a process. */
async function changeOf(api: Api, work: () => Promise<unknown>): Promise<Report> {
  const before = await report(api);
  await work();
  const after = await report(api);
  for (const [name, counts] of Object.entries(before)) {
    for (const [count, value] of Object.entries(counts)) {
      after[name as keyof Report][count as keyof Counts] -= value as number;
    }
  }
  return after;
}

async function completedJob(): Promise<string> {
  const { id } = (await (await brief.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as Job;
  await hand.start(id);
  await hand.complete(id, '{"value":null}');
  return id;
}

const readMany = (api: Api, path: string, key: string | undefined, times: number) =>
  Promise.all(
    Array.from({ length: times }, async () =>
      expect((await api.request(path, { ...(key !== undefined && { key }) })).status).toBe(200),
    ),
  );

test('Requests that arrive at once with an unknown key read Postgres once', async () => {
  const key = await addKey('ten_many', ['jobs:read']);
  const { keys } = await changeOf(brief, () => readMany(brief, '/v1/kinds/test.noop', key, 50));
  expect(keys.misses).toBe(1);
  expect(keys.hits + keys.shared + keys.stale).toBe(49);
});

test('Of many reads of a finished job at once, one writes it to Redis, where the next process finds it', async () => {
  const id = await completedJob();
  const { jobsInMemory, jobsInRedis } = await changeOf(lasting, () =>
    readMany(lasting, `/v1/jobs/${id}`, undefined, 50),
  );
  expect(jobsInRedis.stale).toBe(0);
  expect(jobsInMemory.hits + jobsInMemory.misses).toBe(50);
  await eventually(async () => {
    const next = await changeOf(brief, () => readMany(brief, `/v1/jobs/${id}`, undefined, 1));
    expect(next.jobsInRedis.hits).toBe(1);
  });
});

test('A cache entry in Redis that another version wrote counts as a miss', async () => {
  const { redisUrl, redisPrefix } = await stores();
  const otherShape = async (id: string) => `9 ${JSON.stringify({ id, state: 'completed', body: '{}' })}`;
  const cutOff = async (id: string) => {
    await readMany(brief, `/v1/jobs/${id}`, undefined, 1);
    return eventually(async () => {
      const [, stored] = /^(\d+ \{"id".{40})/m.exec(await redisCommand(redisUrl, 'GET', keyOf(id))) ?? [];
      if (stored === undefined) throw new Error('not there yet');
      return stored;
    });
  };
  const keyOf = (id: string) => `${redisPrefix}:result:ten_first:${id}`;
  for (const textFor of [otherShape, cutOff, async () => 'garbage', async () => '']) {
    const id = await completedJob();
    await redisCommand(redisUrl, 'SET', keyOf(id), await textFor(id), 'EX', '300');
    const response = await lasting.request(`/v1/jobs/${id}`);
    expect(await response.json()).toMatchObject({ id, state: 'completed', output: { value: null } });
  }
});

test('An entry that is too old in memory counts as stale and is read from Redis', async () => {
  const id = await completedJob();
  await readMany(brief, `/v1/jobs/${id}`, undefined, 1);
  await eventually(async () => {
    const change = await changeOf(brief, () => readMany(brief, `/v1/jobs/${id}`, undefined, 1));
    expect(change).toMatchObject({ jobsInMemory: { stale: 1 }, jobsInRedis: { hits: 1 } });
  });
});
