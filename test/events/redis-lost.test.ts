import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { type MortalStore, ownRedis } from '../support/stores/mortal-store.ts';
import { type EventReading, readEvents } from '../support/http/read-events.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let redis: MortalStore;
let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  redis = await ownRedis();
  [api, hand] = await Promise.all([startApi({ REDIS_URL: redis.url }), jobsByHand({ redisUrl: redis.url })]);
});
afterAll(() => hand.close());

async function followNew(): Promise<EventReading & { id: string }> {
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } });
  const { id } = (await response.json()) as Job;
  const reading = await readEvents(`${api.url}/v1/jobs/${id}/events`, { key: testKey });
  await eventually(() => expect(reading.events).toHaveLength(1));
  return { ...reading, id };
}

const statesOf = ({ events }: EventReading) =>
  events.filter(({ type }) => type === 'state').map(({ data }) => data['state']);

function expectWhole(reading: EventReading): void {
  expect(statesOf(reading)).toEqual(['queued', 'running', 'completed']);
  expect(reading.events.at(-1)?.type).toBe('done');
  const versions = reading.events.flatMap(({ data }) => (typeof data['version'] === 'number' ? data['version'] : []));
  expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
  expect(new Set(reading.events.map(({ id }) => id)).size).toBe(reading.events.length);
}

test('A stream sends every state when Redis is emptied, and log lines again afterwards', async () => {
  const reading = await followNew();
  await redisCommand(redis.url, 'FLUSHALL');
  await hand.start(reading.id);
  await eventually(() => expect(statesOf(reading)).toEqual(['queued', 'running']));
  await redisCommand(redis.url, 'FLUSHALL');
  await eventually(async () => expect(await hand.say(reading.id, 'received')).toBe(true));
  await eventually(() => expect(reading.events.map(({ data }) => data['message'])).toContain('received'));
  await hand.complete(reading.id, '{}');
  await reading.ended;
  expectWhole(reading);
});

test('A stream sends the states from Postgres when Redis is killed, and a stream can begin without Redis', async () => {
  const reading = await followNew();
  await redis.end('SIGKILL');
  await hand.start(reading.id);
  await eventually(() => expect(statesOf(reading)).toEqual(['queued', 'running']));
  const late = await followNew();
  await hand.complete(reading.id, '{}');
  await reading.ended;
  expectWhole(reading);
  await redis.start();
  await hand.start(late.id);
  await eventually(async () => expect(await hand.say(late.id, 'received')).toBe(true));
  await hand.complete(late.id, '{}');
  await late.ended;
  expectWhole(late);
});
