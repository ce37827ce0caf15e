import { makeApiKey } from '@turno/tenants';
import { beforeAll, expect, test } from 'vitest';
import { lenientRedis, withConstants } from '../support/apps/constants.ts';
import { ownRedis } from '../support/stores/mortal-store.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';

const redis = await ownRedis();
const strict = {
  AUTH_FAILURES_MAX: '3',
  REDIS_URL: redis.url,
  ...withConstants({ limits: { authFailuresPerMinute: 1 }, redis: lenientRedis }),
};
let direct: Api;
let oneHop: Api;
let byAddress: Api;

beforeAll(async () => {
  [direct, oneHop, byAddress] = await Promise.all([
    startApi(strict),
    startApi({ ...strict, TRUST_PROXY: '1' }),
    startApi({ ...strict, TRUST_PROXY: 'loopback, 10.0.0.0/8' }),
  ]);
});

const guess = async ({ request }: Api, forwarded: string, key: string | null = makeApiKey()) =>
  request('/v1/kinds', { key, headers: { 'x-forwarded-for': forwarded } });

/** The statuses of so many guesses, one after the other. */
async function statuses(api: Api, forwarded: readonly string[]): Promise<number[]> {
  const all = [];
  for (const address of forwarded) all.push((await guess(api, address)).status);
  return all;
}

test('A client network is rejected after a few invalid keys, with Retry-After', async () => {
  const all = await statuses(oneHop, ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1']);
  expect(all).toEqual([401, 401, 401, 429]);
  const refused = await guess(oneHop, '192.0.2.1');
  expect(await refused.json()).toMatchObject({ code: 'too-many-failures' });
  const seconds = Number(refused.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(50);
  expect(seconds).toBeLessThanOrEqual(60);
  expect((await guess(oneHop, '192.0.2.2')).status).toBe(401);
});

test('Further guesses are rejected without a read of any store', async () => {
  await statuses(oneHop, Array<string>(4).fill('192.0.2.3'));
  // Of all commands, only a take of tokens reads the clock of Redis.
  const calls = async () =>
    Number(/cmdstat_time:calls=(\d+)/.exec(await redisCommand(redis.url, 'INFO', 'commandstats'))?.[1]);
  const before = await calls();
  expect(await statuses(oneHop, Array<string>(20).fill('192.0.2.3'))).toEqual(Array(20).fill(429));
  expect(await calls()).toBe(before);
});

test('A known key is still accepted from a guessing network, and an unknown key is not', async () => {
  const [known, unseen] = [await addKey('ten_good', ['jobs:read']), await addKey('ten_good', ['jobs:read'])];
  expect((await guess(oneHop, '192.0.2.4', known)).status).toBe(200);
  await statuses(oneHop, Array<string>(4).fill('192.0.2.4'));
  expect((await guess(oneHop, '192.0.2.4', known)).status).toBe(200);
  expect((await guess(oneHop, '192.0.2.4', `${known.slice(0, -1)}${known.endsWith('0') ? '1' : '0'}`)).status).toBe(
    429,
  );
  expect((await guess(oneHop, '192.0.2.4', unseen)).status).toBe(429);
  expect((await guess(oneHop, '192.0.2.5', unseen)).status).toBe(200);
});

test('A request without a key does not count as a guess', async () => {
  for (let turn = 0; turn < 5; turn += 1) expect((await guess(oneHop, '192.0.2.6', null)).status).toBe(401);
  expect((await guess(oneHop, '192.0.2.6')).status).toBe(401);
});

test('IPv6 addresses count by their first 64 bits, and IPv4 addresses equally when mapped or with a port', async () => {
  const oneNet = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', '[2001:db8:1:2::2]:443', '2001:db8:1:2:3:4:5:6'];
  expect(await statuses(oneHop, oneNet)).toEqual([401, 401, 401, 429]);
  expect(await statuses(oneHop, ['2001:db8:1:3::1'])).toEqual([401]);
  expect(
    await statuses(oneHop, ['198.51.100.7', '::ffff:198.51.100.7', '198.51.100.7:5555', '::ffff:c633:6407']),
  ).toEqual([401, 401, 401, 429]);
});

test('X-Forwarded-For counts only from trusted proxies', async () => {
  // One hop: the last entry is the proxy's word, all before it the client's.
  expect(
    await statuses(
      oneHop,
      [1, 2, 3, 4].map((n) => `203.0.113.${n}, 192.0.2.20`),
    ),
  ).toEqual([401, 401, 401, 429]);
  // By address: the last one that is not a trusted proxy itself.
  const chain = [1, 2, 3, 4].map((n) => `203.0.113.${n}, 192.0.2.21, 10.1.2.${n}`);
  expect(await statuses(byAddress, chain)).toEqual([401, 401, 401, 429]);
  // Off: nothing is believed, all of them are this machine.
  expect(
    await statuses(
      direct,
      [1, 2, 3, 4].map((n) => `192.0.2.${100 + n}`),
    ),
  ).toEqual([401, 401, 401, 429]);
});

test('A client address that is not an IP address counts as the address of the proxy', async () => {
  // The local address was used up above, through another process.
  await statuses(direct, Array<string>(4).fill(''));
  expect(await statuses(oneHop, ['unknown', '<script>', '999.1.1.1'])).toEqual([429, 429, 429]);
});
