import { StartError } from '@turno/local';
import { faults, longFaults } from './faults/faults.ts';
import { type Options, OptionsFault, readOptions } from './options.ts';
import { runChaos } from './run-chaos.ts';
import { sabotages } from './sabotage.ts';

const usage = `npm run chaos -- [--seed N] [--minutes M] [--rate N] [--only "fault,fault"] [--long] [--settings short|default] [--sabotage name] [--keep]
  --seed      which faults come when; printed, so that a run can be repeated. A random one when left out.
  --minutes   how long to go on; 2 when left out.
  --rate      submits per second; 120 when left out.
  --only      faults by name; "none" for none. There are: ${Object.keys(faults).join(', ')}.
  --long      also the faults that take long, need root or weigh on the machine: ${Object.keys(longFaults).join(', ')}.
  --settings  default: leases and intervals as shipped. short, when left out: a lease of 4 s, so that more faults fit in.
  --sabotage  takes one guarantee out, and must end with 1: ${Object.keys(sabotages).join(', ')}.
  --keep      do not remove the folder of a run in which everything held.`;

/** Ends the process: 0 when everything held, 1 when not or when it was stopped, 2 when the arguments cannot be used. */
export async function main(words: string[]): Promise<void> {
  const options = usable(words);
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (!asked.signal.aborted) console.log('Stopping everything …');
      asked.abort(new Error(signal));
    });
  for (const fault of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(fault, (error) => {
      console.error(error);
      asked.abort(error);
    });
  try {
    process.exitCode = (await runChaos(options, asked.signal)) ? 0 : 1;
  } catch (error) {
    if (!asked.signal.aborted) console.error(error instanceof StartError ? error.message : error);
    process.exitCode = 1;
  }
  process.exit();
}

function usable(words: string[]): Options {
  if (words.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    return readOptions(words);
  } catch (error) {
    if (!(error instanceof OptionsFault)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}
