import { isConnectionError } from '@turno/postgres';
import { createProducer, toPack } from '@turno/queue';
import { createBreaker, openRedis } from '@turno/redis';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';
import { throughGate } from '../support/http/tcp-gate.ts';

test.each(['hang', 'shut'] as const)(
  'After three calls without an answer of Redis (%s) the breaker makes no call until a probe of its own succeeds',
  async (away) => {
    const { gate, url } = await throughGate((await stores()).redisUrl);
    const redis = openRedis({ url, role: 'cache', log: pino({ enabled: false }) });
    const { run } = createBreaker(redis);
    let calls = 0;
    const ask = () => run(() => ((calls += 1), redis.echo('there')), 'away');
    await eventually(async () => (await ask()) === 'there');
    gate[away]();
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['away', 'away', 'away']);
    const made = calls;
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['away', 'away', 'away']);
    expect(calls).toBe(made);
    gate.open();
    await eventually(async () => (await ask()) === 'there');
    expect(calls).toBe(made + 1);
    redis.disconnect();
    gate.close();
  },
);

test('A caller with another source waits for Redis only until it is slow, not until it has failed', async () => {
  const redis = openRedis({ url: (await stores()).redisUrl, role: 'cache', log: pino({ enabled: false }) });
  const { run } = createBreaker(redis, { giveUpWhenSlow: true });
  await eventually(async () => (await run(() => redis.echo('there'), 'away')) === 'there');
  expect(await run(() => new Promise<string>(() => {}), 'away')).toBe('away');
  redis.disconnect();
});

test.each(['hang', 'shut'] as const)(
  'An error of Redis (%s) is not taken for one of Postgres, so that no request is answered `store-unavailable` for it',
  async (away) => {
    const { redisUrl, redisPrefix: prefix } = await stores();
    const { gate, url } = await throughGate(redisUrl);
    const log = pino({ enabled: false });
    const redis = openRedis({ url, role: 'cache', log });
    const producer = createProducer({ redisUrl: url, prefix }, log);
    await eventually(async () => (await redis.ping(), await producer.epoch(), true));
    gate[away]();
    const ticket = { jobId: 'job_unsent', ticket: 1, kind: 'test.noop', queue: 'io', priority: 0 };
    const errors = [redis.ping(), producer.send([toPack([ticket])])].map((call) =>
      call.catch((error: unknown) => error),
    );
    for (const error of await Promise.all(errors)) {
      expect(error).toBeInstanceOf(Error);
      expect(isConnectionError(error)).toBe(false);
    }
    redis.disconnect();
    await producer.close();
    gate.close();
  },
);
