import fc from 'fast-check';
import { Redis } from 'ioredis';
import { createTokenBuckets, type TokenRequest, type BucketLimit } from '@turno/redis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { stores } from '../support/stores/stores.ts';

let redis: Redis;
let prefix: string;
let made = 0;

beforeAll(async () => {
  const { redisUrl, redisPrefix } = await stores();
  prefix = redisPrefix;
  redis = new Redis(redisUrl, { enableAutoPipelining: true });
});
afterAll(() => redis.disconnect());

const newId = () => `test${(made += 1)}`;
const plain = { need: 1, atLeast: 1, extra: 0, owed: 0 };
/**
 * In tokens: each answer before this one has rounded the bucket by half a microsecond at most, and this one rounds up
 * to a whole one.
 */
function toleranceAfter(answers: number, { refillPerSecond }: BucketLimit): number {
  return 0.002 + ((answers / 2 + 1) / 1e6) * refillPerSecond;
}

/** The bucket as everybody knows it: tokens that drip in up to the brim. It knows no time but the answers'. */
function createModel({ capacity, refillPerSecond }: BucketLimit) {
  let tokens = capacity;
  let lastUs: number | undefined;
  return (atUs: number, owed: number) => {
    tokens = Math.min(capacity, tokens + ((atUs - (lastUs ?? atUs)) / 1e6) * refillPerSecond);
    lastUs = atUs;
    tokens = Math.min(capacity, Math.max(0, tokens - owed));
    return { tokens, spend: (granted: number) => (tokens -= granted) };
  };
}

const limits = fc.record({
  capacity: fc.integer({ min: 1, max: 400 }),
  // Fast enough for drops to fall between two calls, and slow enough for none to.
  refillPerSecond: fc.oneof(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0.01, max: 1, noNaN: true })),
});
const asks = fc.array(
  fc.record({
    need: fc.integer({ min: 1, max: 60 }),
    allOrNothing: fc.boolean(),
    extra: fc.constantFrom(0, 0, 4, 8),
    owed: fc.constantFrom(0, 0, 0, 3, -3),
  }),
  { minLength: 1, maxLength: 40 },
);

test('The bucket in Redis grants what a simple model of it grants, for any takes at any times', async () => {
  const buckets = createTokenBuckets(redis, prefix);
  const follows = async (
    limit: BucketLimit,
    wanted: (Omit<TokenRequest, 'id' | 'limit' | 'atLeast'> & { allOrNothing: boolean })[],
  ) => {
    const id = newId();
    const model = createModel(limit);
    for (const [answers, { need, allOrNothing, extra, owed }] of wanted.entries()) {
      const tolerance = toleranceAfter(answers, limit);
      const atLeast = allOrNothing ? need : 1;
      const { granted, lackMs, atUs } = await buckets.take({ id, limit, need, atLeast, extra, owed });
      const { tokens, spend } = model(atUs, owed);
      const possible = [-tolerance, 0, tolerance].map((more) =>
        grantOf(tokens + more, limit, { need, atLeast, extra }),
      );
      expect(possible).toContain(granted);
      const tokensLeft = spend(granted);
      expect(Math.abs(limit.capacity - tokensLeft - (lackMs / 1e3) * limit.refillPerSecond)).toBeLessThan(tolerance);
    }
  };
  await fc.assert(fc.asyncProperty(limits, asks, follows), { numRuns: 150 });
});

function grantOf(
  tokens: number,
  { capacity }: BucketLimit,
  { need, atLeast, extra }: typeof plain | Omit<typeof plain, 'owed'>,
) {
  const left = Math.floor(tokens);
  if (left < atLeast) return 0;
  if (left < need) return left;
  return left - need - extra >= capacity / 10 ? need + extra : need;
}

test('Concurrent takes are allowed exactly as often as there are tokens', async () => {
  const limit = { capacity: 30, refillPerSecond: 0.001 };
  const other = new Redis((await stores()).redisUrl);
  const id = newId();
  const both = [createTokenBuckets(redis, prefix), createTokenBuckets(other, prefix)];
  const takes = both.flatMap((buckets) => Array.from({ length: 100 }, () => buckets.take({ id, limit, ...plain })));
  const granted = (await Promise.all(takes)).filter((answer) => answer.granted === 1);
  other.disconnect();
  expect(granted).toHaveLength(30);
});

test('A full bucket has no key in Redis, and a bucket that Redis lost is full', async () => {
  const buckets = createTokenBuckets(redis, prefix);
  const limit = { capacity: 5, refillPerSecond: 50 };
  const id = newId();
  await buckets.take({ id, limit, ...plain, need: 5, atLeast: 5 });
  await eventually(async () => expect(await redis.exists(`${prefix}:bucket:${id}`)).toBe(0));
  const slow = { capacity: 5, refillPerSecond: 0.001 };
  expect((await buckets.take({ id, limit: slow, ...plain, need: 5, atLeast: 5 })).granted).toBe(5);
  await redis.del(`${prefix}:bucket:${id}`);
  await redis.script('FLUSH'); // as after a restart: the script itself is gone too
  expect((await buckets.take({ id, limit: slow, ...plain, need: 5, atLeast: 5 })).granted).toBe(5);
});

test('A bucket with a reduced capacity is empty at worst, and full after its own refill time', async () => {
  const buckets = createTokenBuckets(redis, prefix);
  const id = newId();
  await buckets.take({ id, limit: { capacity: 1000, refillPerSecond: 0.01 }, ...plain, need: 1000, atLeast: 1000 });
  const small = { capacity: 10, refillPerSecond: 100 };
  const { granted, lackMs } = await buckets.take({ id, limit: small, ...plain });
  expect(granted).toBe(0);
  expect(lackMs).toBeLessThanOrEqual(100);
  await eventually(async () =>
    expect((await buckets.take({ id, limit: small, ...plain, need: 5, atLeast: 5 })).granted).toBe(5),
  );
});
