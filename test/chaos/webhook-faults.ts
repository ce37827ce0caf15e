import { away, type Fault, type Faults } from './fault.ts';

const breakReceiver = (how: 'shut' | 'hang'): Fault => {
  return async ({ hooks: { gate }, random }) => {
    gate[how]();
    await away(random);
    gate.open();
  };
};

/** Besides what it does to one in twenty tries all the time. */
export const webhookFaults: Faults = {
  'webhook receiver down': breakReceiver('shut'),
  'webhook receiver hangs': breakReceiver('hang'),
};
