import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault, type Faults } from './fault.ts';

const restart = (signal: NodeJS.Signals): Fault => {
  return async ({ fleet: { postgres }, random }) => {
    await postgres.end(signal);
    await away(random);
    await postgres.start();
  };
};

export const postgresFull = 'Postgres disk full';

export const postgresFaults: Faults = {
  'Postgres fast restart': restart('SIGINT'),
  'Postgres kill -9': restart('SIGKILL'),
  'Postgres hangs': async ({ fleet: { postgres }, random }) => {
    const goOn = postgres.freeze();
    await away(random);
    goOn();
  },
  /** Every statement on jobs waits, until all connections of all pools are taken. */
  'Postgres table locked': ({ ask, random }) =>
    ask(async (sql) => {
      await sql.begin(async (tx) => {
        await tx`LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE`;
        await away(random);
      });
    }),
  'reply lost after COMMIT': async ({ fleet: { links }, random }) => {
    const link = links[random.pick(['api-postgres', 'worker-postgres'] as const)];
    link.mute();
    await delay(random.between(50, 500));
    link.shut();
    link.open();
  },
};
