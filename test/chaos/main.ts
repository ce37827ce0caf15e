import { faults, longFaults } from './faults.ts';
import { readOptions } from './options.ts';
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

/** Ends the process: 0 when everything held, 1 when not, 2 when the arguments cannot be used. */
export async function main(words: string[]): Promise<void> {
  const asked = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => asked.abort(new Error(signal)));
  const options = readOptions(words);
  if (options === undefined) {
    console.error(usage);
    process.exit(2);
  }
  try {
    process.exitCode = (await runChaos(options, asked.signal)) ? 0 : 1;
  } catch (error) {
    if (!asked.signal.aborted) console.error(error);
    process.exitCode = 1;
  }
  process.exit();
}
