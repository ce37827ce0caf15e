import type { SupervisedApp } from '../app.ts';
import { away, pause, type Fault, type Faults } from './fault.ts';
import type { Fleet, LinkName } from '../fleet.ts';
import { misbehave, misbehaviour } from './misbehave.ts';
import { fewDescriptors, slowLoris, tenfoldBurst } from './overload-faults.ts';
import { postgresFaults, postgresFull } from './postgres-faults.ts';
import { redisAway, redisFaults } from './redis-faults.ts';
import { webhookFaults } from './webhook-faults.ts';

const killApp = (apps: (fleet: Fleet) => SupervisedApp[], signal: NodeJS.Signals): Fault => {
  return async ({ fleet, random, stopped }) => {
    const app = random.pick(apps(fleet));
    app.signal(signal);
    await app.ready(stopped);
  };
};

const breakLink = (how: 'shut' | 'hang'): Fault => {
  return async (deps) => {
    const { links } = deps.fleet;
    const link = links[deps.random.pick(Object.keys(links) as LinkName[])];
    link[how]();
    await away(deps);
    link.open();
  };
};

/** What the nemesis does, by the names that the report shows. */
export const faults: Faults = {
  'worker kill -9': killApp((fleet) => fleet.workers, 'SIGKILL'),
  'worker SIGTERM': killApp((fleet) => fleet.workers, 'SIGTERM'),
  'worker frozen': async (deps) => {
    const { workers, leaseMs } = deps.fleet;
    const worker = deps.random.pick(workers);
    worker.signal('SIGSTOP');
    await pause(1.5 * leaseMs + 1_000, deps);
    worker.signal('SIGCONT');
  },
  'API kill -9': killApp((fleet) => fleet.apis, 'SIGKILL'),
  ...redisFaults,
  ...postgresFaults,
  ...webhookFaults,
  'link cut': breakLink('shut'),
  'link hangs': breakLink('hang'),
  [misbehaviour]: misbehave,
};

/** What takes long, needs root or weighs on the machine: with `--long`, or by name. */
export const longFaults: Faults = {
  'Redis away 20 s': redisAway(20_000),
  'Redis away 120 s': redisAway(120_000),
  'Postgres away 60 s': async (deps) => {
    const { postgres } = deps.fleet;
    await postgres.end('SIGINT');
    await pause(60_000, deps);
    await postgres.start();
  },
  [postgresFull]: ({ fleet: { disk }, random }) => disk.fillFor(random.between(2_000, 8_000)),
  'slow-loris': slowLoris,
  'few file descriptors': fewDescriptors,
  'ten-fold burst': tenfoldBurst,
};

export const allFaults: Faults = { ...faults, ...longFaults };
