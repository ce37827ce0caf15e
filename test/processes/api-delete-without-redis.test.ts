import type { Job } from '@turno/contract';
import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { gated } from '../support/apps/fleet.ts';
import { jobsByHand } from '../support/jobs-by-hand.ts';
import { redisCommand } from '../support/stores/redis-command.ts';
import { startApi } from '../support/apps/start-api.ts';
import { stores } from '../support/stores/stores.ts';

test('A job that is erased while Redis is away stays erased when Redis is back with its body', async () => {
  const { redisUrl, redisPrefix } = await stores();
  const { gate, url } = await gated(redisUrl);
  const api = await startApi({ REDIS_URL: url, RESULT_MEMORY_BYTES: '0' });
  const hand = await jobsByHand();
  const { id } = (await (await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as Job;
  await hand.start(id);
  await hand.complete(id, '{"value":"secret"}');
  await hand.close();
  const read = async () => (await api.request(`/v1/jobs/${id}`)).status;
  const inRedis = async () => {
    const keys = await redisCommand(redisUrl, 'KEYS', `${redisPrefix}:result:*:${id}`);
    return redisCommand(redisUrl, 'GET', /\S*:result:\S*/.exec(keys)?.[0] ?? '');
  };
  await eventually(async () => (await read()) === 200 && (await inRedis()).includes('secret'));
  gate.shut();
  expect((await api.request(`/v1/jobs/${id}`, { method: 'DELETE' })).status).toBe(204);
  const seen = new Set([await read()]);
  gate.open();
  await eventually(async () => {
    seen.add(await read());
    return !(await inRedis()).includes('secret');
  });
  for (let count = 0; count < 20; count += 1) seen.add(await read());
  expect([...seen]).toEqual([404]);
});
