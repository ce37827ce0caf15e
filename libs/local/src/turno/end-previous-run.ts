import path from 'node:path';
import { commandOf, endProcess, hasInEnvironment } from '../system/processes.ts';
import { readLeftPids, removeRunFile } from './run-file.ts';

const stepMs = 5_000;

/**
 * Ends processes of the service that an earlier start on this folder left behind. The pids are its own notes; each process
 * must prove by its command line and its environment that it is one of ours and works for this folder. Stores prove the
 * same when they are started.
 */
export async function endLeftovers(root: string, dataDir: string): Promise<void> {
  const apps = path.join(root, 'apps') + path.sep;
  const ours = readLeftPids(dataDir).filter(
    (pid) => commandOf(pid).some((word) => word.startsWith(apps)) && hasInEnvironment(pid, 'DATA_DIR', dataDir),
  );
  await Promise.all(ours.map((pid) => endProcess(pid, ['SIGTERM', 'SIGKILL'], stepMs)));
  removeRunFile(dataDir);
}
