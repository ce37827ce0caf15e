import path from 'node:path';
import { startHere } from '../turno/start-here.ts';
import { type DevOptions, restartOnChange } from './restart-on-change.ts';

/** Running attempts get this long at a restart, then the next worker has their jobs again. */
const graceSeconds = '1';

export interface DevStart extends Pick<DevOptions, 'root' | 'filesOfKinds'> {
  environment: Record<string, string | undefined>;
}

/** Runs all of Turno as `startHere` does, without the sample job, and restarts the apps that a change concerns. */
export async function startDev({ root, environment, filesOfKinds }: DevStart): Promise<void> {
  environment.SHUTDOWN_GRACE_SECONDS ??= graceSeconds;
  const kindsDir = environment.KINDS_DIR === undefined ? undefined : path.resolve(root, environment.KINDS_DIR);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  await startHere(root, environment, async ({ turno }, stop) => {
    print('dev: watching the sources' + (kindsDir === undefined ? '' : ` and ${kindsDir}`));
    await restartOnChange(turno, { root, kindsDir, filesOfKinds, print }, stop);
  });
}
