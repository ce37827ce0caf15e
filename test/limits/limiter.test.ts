import { createBreaker, createTokenBuckets, openRedis } from '@turno/redis';
import { createLimiter, type Limiter, type RateLimitStatus } from '@turno/tenants';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lenientRedis } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';
import { throughGate, type TcpGate } from '../support/http/tcp-gate.ts';

const processes = 2;
const never = 0.000_1;
const { slowMs, timeoutMs } = lenientRedis;
let gate: TcpGate;
let limiters: Limiter[];
let end: () => void;
let made = 0;

/** Two API processes' worth, each with a connection of its own through the same gate. */
beforeAll(async () => {
  const { redisUrl, redisPrefix } = await stores();
  const gated = await throughGate(redisUrl);
  gate = gated.gate;
  const log = pino({ enabled: false });
  const connections = Array.from({ length: processes }, () =>
    openRedis({ url: gated.url, role: 'cache', log, timeoutMs }),
  );
  limiters = connections.map((redis) =>
    createLimiter({
      buckets: createTokenBuckets(redis, redisPrefix),
      breaker: createBreaker(redis, { slowMs }),
      processes: () => processes,
    }),
  );
  end = () => connections.forEach((redis) => redis.disconnect());
  await backToRedis();
});
afterAll(() => {
  end();
  gate.close();
});

const newId = () => `test${(made += 1)}`;
const limiterOf = (turn: number) => limiters[turn % processes] as Limiter;

async function takeAll(id: string, capacity: number, times: number): Promise<RateLimitStatus[]> {
  const limit = { capacity, refillPerSecond: never };
  return Promise.all(Array.from({ length: times }, async (_, turn) => limiterOf(turn).take(id, limit)));
}

const countAllowed = (statuses: RateLimitStatus[]) => statuses.filter(({ allowed }) => allowed).length;

/** Exact again: what one process takes the other one misses. */
async function backToRedis(): Promise<void> {
  await eventually(async () => countAllowed(await takeAll(newId(), 1, 2)) === 1);
}

test('Two processes allow exactly the tokens of a small bucket, concurrently and one after the other', async () => {
  expect(countAllowed(await takeAll(newId(), 30, 200))).toBe(30);
  const id = newId();
  let allowed = 0;
  for (let turn = 0; turn < 20; turn += 1) allowed += countAllowed(await takeAll(id, 7, 1 + (turn % 3)));
  expect(allowed).toBe(7);
});

test('Two processes allow at least the tokens of a large bucket and at most 2 % more', async () => {
  const capacity = 1_000;
  const allowed = countAllowed(await takeAll(newId(), capacity, 3_000));
  expect(allowed).toBeGreaterThanOrEqual(capacity - 1);
  expect(allowed).toBeLessThanOrEqual(capacity * 1.02);
});

test('The lease of a large bucket saves most calls of Redis, and unspent tokens are given back', async () => {
  const { redisUrl, redisPrefix } = await stores();
  const redis = openRedis({ url: redisUrl, role: 'cache', log: pino({ enabled: false }), timeoutMs });
  await eventually(() => redis.status === 'ready');
  const real = createTokenBuckets(redis, redisPrefix);
  let asked = 0;
  let granted = 0;
  let owed = 0;
  const limiter = createLimiter({
    buckets: {
      async take(ask) {
        asked += 1;
        owed += ask.owed;
        const answer = await real.take(ask);
        granted += answer.granted;
        return answer;
      },
    },
    breaker: createBreaker(redis, { slowMs }),
    processes: () => processes,
  });
  const id = newId();
  const limit = { capacity: 1_000, refillPerSecond: never };
  for (let turn = 0; turn < 200; turn += 1) expect((await limiter.take(id, limit)).left).toBe(999 - turn);
  expect(asked).toBeLessThan(30);
  const unspent = granted - 200;
  expect(unspent).toBeGreaterThan(0);
  const over = performance.now() + 1_000; // the lease, whenever it began
  await eventually(() => performance.now() >= over);
  expect((await limiter.take(id, limit)).left).toBe(799);
  expect(owed).toBe(-unspent);
  redis.disconnect();
});

test.each(['shut', 'hang'] as const)(
  'During an outage of Redis (%s) each process continues with its share of the bucket, and Redis gets the spent tokens later',
  async (away) => {
    const limit = { capacity: 20, refillPerSecond: never };
    const id = newId();
    expect(countAllowed(await takeAll(id, limit.capacity, 10))).toBe(10);
    const known = [];
    for (const [turn, cost] of [3, 2, 1].entries()) known.push((await limiterOf(turn).take(id, limit, cost)).left);
    expect(known).toEqual([7, 5, 4]);
    gate[away]();
    const allowed = countAllowed(await takeAll(id, limit.capacity, 40));
    expect(allowed).toBe(4); // one knew of 4 and one of 5, and both take half
    const fresh = newId();
    expect(countAllowed(await takeAll(fresh, limit.capacity, 60))).toBe(20);
    gate.open();
    await backToRedis();
    for (const bucket of [id, fresh]) await takeAll(bucket, limit.capacity, processes); // each tells what it spent
    expect(countAllowed(await takeAll(fresh, limit.capacity, 10))).toBe(0);
    expect(countAllowed(await takeAll(id, limit.capacity, 10))).toBe(0);
  },
);

test('Several tokens are taken all or none', async () => {
  const id = newId();
  const limit = { capacity: 10, refillPerSecond: never };
  expect(await limiterOf(0).take(id, limit, 8)).toMatchObject({ allowed: true, left: 2 });
  expect(await limiterOf(0).take(id, limit, 3)).toMatchObject({ allowed: false, left: 2 });
  expect(await limiterOf(0).take(id, limit, 2)).toMatchObject({ allowed: true, left: 0 });
});

test('A rejected take is allowed after its waiting time and not before', async () => {
  const id = newId();
  const limit = { capacity: 2, refillPerSecond: 4 };
  const take = async () => {
    const from = performance.now();
    return { ...(await limiterOf(0).take(id, limit)), from, to: performance.now() };
  };
  let refused = await take();
  while (refused.allowed) refused = await take();
  expect(refused).toMatchObject({ allowed: false, left: 0 });
  // The waiting time counts from a moment between the two of the refusal.
  const [earliest, latest] = [refused.from, refused.to].map((at) => at + refused.waitMs) as [number, number];
  let last = refused;
  while (!last.allowed && last.from < latest) last = await take();
  expect(last.allowed).toBe(true);
  expect(last.to).toBeGreaterThanOrEqual(earliest);
});
