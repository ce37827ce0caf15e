import { newId } from '@turno/contract';
import { createJobSignals, openRedis, type Signal, signalJob } from '@turno/redis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';

const log = pino({ enabled: false });
const { redisUrl: url, redisPrefix: prefix } = await stores();
const publisher = openRedis({ url, role: 'cache', log });
const subscriber = openRedis({ url, role: 'subscriber', log });
const signals = createJobSignals(subscriber, prefix);
beforeAll(() => eventually(() => publisher.status === 'ready' && subscriber.status === 'ready'));
afterAll(() => [publisher, subscriber].forEach((redis) => redis.disconnect()));

const channels = () => publisher.pubsub('CHANNELS', `${prefix}:signal:*`);

/** Subscribes to a job until the file ends, and collects its signals. */
function collect(jobId: string) {
  const received: Signal[] = [];
  const subscription = signals.subscribe(jobId, (signal) => received.push(signal));
  return { received, ...subscription };
}

test('Each kind of signal arrives as it was sent, and only for its own job', async () => {
  const [jobId, other] = [newId('job'), newId('job')];
  const { received, confirmed, stop } = collect(jobId);
  await confirmed;
  await signalJob(publisher, prefix, { jobId: other, kind: 'change' });
  await signalJob(publisher, prefix, { jobId, kind: 'unfinished' });
  await signalJob(publisher, prefix, { jobId, kind: 'more' });
  await signalJob(publisher, prefix, { jobId, kind: 'change' });
  await signalJob(publisher, prefix, { jobId, kind: 'change', end: '{"output":"a b"}' });
  await eventually(() => received.length === 4);
  const end = '{"output":"a b"}';
  expect(received).toEqual([{ kind: 'unfinished' }, { kind: 'more' }, { kind: 'change' }, { kind: 'change', end }]);
  stop();
});

test('Without a waiter no channel stays subscribed', async () => {
  const { confirmed, stop } = collect(newId('job'));
  await confirmed;
  await eventually(async () => (await channels()).length === 1);
  stop();
  await eventually(async () => (await channels()).length === 0);
});

test('While waits are frequent, a signal that comes before its waiter is not lost, and a lost connection is noticed', async () => {
  const jobId = newId('job');
  const others = Array.from({ length: 20 }, () => collect(jobId));
  await Promise.all(others.map(({ confirmed }) => confirmed));
  const [first] = others;
  await eventually(() => first?.isCompleteSince(performance.now()));
  for (const { stop } of others) stop();
  const before = performance.now();
  await signalJob(publisher, prefix, { jobId, kind: 'change', end: '1' });
  const late = await eventually(async () => {
    const one = collect(jobId);
    if (one.received.length === 0) one.stop();
    expect(one.received).toEqual([{ kind: 'change', end: '1' }]);
    return one;
  });
  expect(late.isCompleteSince(before)).toBe(true);
  subscriber.disconnect(true);
  await eventually(() => !late.isCompleteSince(before) && late.isCompleteSince(performance.now()));
  late.stop();
  await eventually(async () => (await channels()).length === 0);
});
