import { setTimeout as delay } from 'node:timers/promises';
import type { KeptApp } from './app.ts';
import type { Fleet, LinkName } from './fleet.ts';
import type { Random } from './random.ts';

/** Breaks something, and has mended it when it resolves. */
export type Fault = (fleet: Fleet, random: Random) => Promise<void>;

const killApp = (apps: (fleet: Fleet) => KeptApp[], signal: NodeJS.Signals): Fault => {
  return async (fleet, random) => {
    const app = random.pick(apps(fleet));
    app.signal(signal);
    await app.ready();
  };
};

const away = (random: Random) => delay(random.pick([200, 1_500, 3_000, 6_000]));

const restartRedis = (empty: boolean): Fault => {
  return async ({ redis }, random) => {
    await redis.end('SIGKILL');
    if (empty) redis.forget();
    await away(random);
    await redis.start();
  };
};

const restartPostgres = (signal: NodeJS.Signals): Fault => {
  return async ({ postgres }, random) => {
    await postgres.end(signal);
    await away(random);
    await postgres.start();
  };
};

const breakLink = (how: 'cut' | 'hang'): Fault => {
  return async ({ links }, random) => {
    const link = links[random.pick(Object.keys(links) as LinkName[])];
    link[how]();
    await away(random);
    link.heal();
  };
};

/** What the nemesis may do, by the names that the report shows. */
export const faults: Readonly<Record<string, Fault>> = {
  'worker kill -9': killApp((fleet) => fleet.workers, 'SIGKILL'),
  'worker SIGTERM': killApp((fleet) => fleet.workers, 'SIGTERM'),
  'worker frozen': async ({ workers, leaseMs }, random) => {
    const worker = random.pick(workers);
    worker.signal('SIGSTOP');
    await delay(1.5 * leaseMs + 1_000);
    worker.signal('SIGCONT');
  },
  'API kill -9': killApp((fleet) => fleet.apis, 'SIGKILL'),
  'Redis killed, data kept': restartRedis(false),
  'Redis killed, back empty': restartRedis(true),
  'Redis FLUSHALL': ({ redis }) => redis.flush(),
  'Redis hangs': async ({ redis }, random) => {
    redis.signal('SIGSTOP');
    await away(random);
    redis.signal('SIGCONT');
  },
  'Postgres fast restart': restartPostgres('SIGINT'),
  'Postgres kill -9': restartPostgres('SIGKILL'),
  'link cut': breakLink('cut'),
  'link hangs': breakLink('hang'),
};
