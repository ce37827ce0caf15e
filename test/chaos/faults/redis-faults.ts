import { away, pause, type Fault, type Faults } from './fault.ts';

const restart = (empty: boolean): Fault => {
  return async (deps) => {
    const { redis } = deps.fleet;
    await redis.end('SIGKILL');
    if (empty) redis.forget();
    await away(deps);
    await redis.start();
  };
};

export const redisAway = (ms: number): Fault => {
  return async (deps) => {
    const { redis } = deps.fleet;
    await redis.end('SIGKILL');
    await pause(ms, deps);
    await redis.start();
  };
};

export const redisFaults: Faults = {
  'Redis killed, data kept': restart(false),
  'Redis killed, back empty': restart(true),
  'Redis FLUSHALL': ({ fleet: { redis } }) => redis.command('FLUSHALL'),
  'Redis full': async (deps) => {
    const { redis } = deps.fleet;
    await redis.command('CONFIG', 'SET', 'maxmemory', '1');
    await away(deps);
    await redis.command('CONFIG', 'SET', 'maxmemory', '0');
  },
  'Redis replica promoted': ({ fleet: { redis }, random }) => redis.failOver(random.between(500, 1_500)),
  'Redis hangs': async (deps) => {
    const goOn = deps.fleet.redis.freeze();
    await away(deps);
    goOn();
  },
};
