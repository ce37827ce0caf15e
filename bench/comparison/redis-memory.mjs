import { setTimeout as delay } from 'node:timers/promises';
import { createTenant } from '@turno/tenants';
import { insertBacklog } from './drain.mjs';

/** The memory of Redis while jobs wait: it must not grow with them. */
export const redisMemory = {
  name: 'redis-memory',
  title: 'Memory of Redis that waiting jobs add',
  options: { jobs: 200_000 },
  quick: { jobs: 20_000 },
  contestants: { Turno: { durable: true, run: measureMemory } },
  figure: { unit: 'MB', measure: ({ addedMb }) => addedMb, lessIsBetter: true },
  lines: [
    {
      what: 'memory that all waiting jobs add',
      contestant: 'Turno',
      measure: ({ addedMb }) => addedMb,
      unit: 'MB',
      maximum: 0.3,
    },
  ],
};

/** A worker of the other queue runs maintenance, but takes none of the jobs. */
async function measureMemory(round, { jobs }) {
  const { sql, redis } = round;
  const tenant = await createTenant({ sql }, { name: 'bench', plan: 'unlimited' });
  await round.openFleet({ WORKER_QUEUES: 'cpu' }).start('worker');
  await delay(2_000);
  const before = await usedMb(redis);
  await insertBacklog(sql, { jobs, tenantId: tenant.id });
  await delay(3_000);
  return { jobs, addedMb: (await usedMb(redis)) - before };
}

async function usedMb(redis) {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1]) / 2 ** 20;
}
