import type { Config } from '../config.ts';
import { StartError } from '../start-error.ts';
import { isFree } from '../system/free-port.ts';

/** Checks that each port of the settings is free and has one use. Throws a StartError with one line per fault. */
export async function checkPorts(config: Config): Promise<void> {
  const used = new Map<number, string>();
  const faults: string[] = [];
  const names = ['PORT', 'BOARD_PORT', 'OPS_PORT', 'WORKER_OPS_PORT'] as const;
  for (const name of config.S3_BUCKET === undefined ? ([...names, 'FILES_PORT'] as const) : names) {
    const port = config[name];
    if (port === 0) continue;
    const other = used.get(port);
    if (other !== undefined) faults.push(`${name} and ${other} are both ${port}: give one of them another port.`);
    else if (!(await isFree(port, config.HOST))) faults.push(inUse(port, name));
    used.set(port, name);
  }
  if (faults.length > 0) throw new StartError(faults.join('\n'));
}

function inUse(port: number, name: string): string {
  return `Port ${port} is in use: stop the process that listens there, or set ${name} to another port (0 takes a free one).`;
}
