import { setTimeout as delay } from 'node:timers/promises';
import { away, type Fault, type Faults } from './fault.ts';

const restart = (signal: NodeJS.Signals): Fault => {
  return async (deps) => {
    const { postgres } = deps.fleet;
    await postgres.end(signal);
    await away(deps);
    await postgres.start();
  };
};

export const postgresFull = 'Postgres disk full';

export const postgresFaults: Faults = {
  'Postgres fast restart': restart('SIGINT'),
  'Postgres kill -9': restart('SIGKILL'),
  'Postgres hangs': async (deps) => {
    const goOn = deps.fleet.postgres.freeze();
    await away(deps);
    goOn();
  },
  /** Every statement on jobs waits, until all connections of all pools are taken. */
  'Postgres table locked': (deps) =>
    deps.ask(async (sql) => {
      await sql.begin(async (tx) => {
        await tx`LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE`;
        await away(deps);
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
