import { away, type Fault, type Faults } from './fault.ts';

const breakReceiver = (how: 'shut' | 'hang'): Fault => {
  return async (deps) => {
    const { gate } = deps.hooks;
    gate[how]();
    await away(deps);
    gate.open();
  };
};

/** Besides what it does to one in twenty tries all the time. */
export const webhookFaults: Faults = {
  'webhook receiver down': breakReceiver('shut'),
  'webhook receiver hangs': breakReceiver('hang'),
};
