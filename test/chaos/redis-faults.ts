import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault, type Faults } from './fault.ts';

const restart = (empty: boolean): Fault => {
  return async ({ fleet: { redis }, random }) => {
    await redis.end('SIGKILL');
    if (empty) redis.forget();
    await away(random);
    await redis.start();
  };
};

export const redisAway = (ms: number): Fault => {
  return async ({ fleet: { redis } }) => {
    await redis.end('SIGKILL');
    await delay(ms);
    await redis.start();
  };
};

export const redisFaults: Faults = {
  'Redis killed, data kept': restart(false),
  'Redis killed, back empty': restart(true),
  'Redis FLUSHALL': ({ fleet: { redis } }) => redis.command('FLUSHALL'),
  'Redis full': async ({ fleet: { redis }, random }) => {
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await away(random);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  },
  'Redis replica promoted': ({ fleet: { redis }, random }) => redis.failOver(random.between(500, 1_500)),
  'Redis hangs': async ({ fleet: { redis }, random }) => {
    const goOn = redis.freeze();
    await away(random);
    goOn();
  },
};
