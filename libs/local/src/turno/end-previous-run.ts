import path from 'node:path';
import { commandLineOf, endProcess, hasInEnvironment } from '../system/processes.ts';
import { readRecordedPids, removeRunFile } from './run-file.ts';

const stepMs = 5_000;

/**
 * Ends the apps that an earlier start on this folder left running.
 * The pids come from its run.json. A pid may belong to another program by now, so a process is ended only when its
 * command line and its environment show that it is an app of Turno on this folder. The stores have their own check when
 * they are started.
 */
export async function endPreviousRun(root: string, dataDir: string): Promise<void> {
  const apps = path.join(root, 'apps') + path.sep;
  const leftRunning = readRecordedPids(dataDir).filter(
    (pid) => commandLineOf(pid).some((word) => word.startsWith(apps)) && hasInEnvironment(pid, 'DATA_DIR', dataDir),
  );
  await Promise.all(leftRunning.map((pid) => endProcess(pid, ['SIGTERM', 'SIGKILL'], stepMs)));
  removeRunFile(dataDir);
}
