import path from 'node:path';
import { findIneffectiveSettings, scrubEnvironment, settingsOrExit } from '@turno/runtime';
import { readConfig, type Config } from '../config.ts';
import { listenForStop, type StopSignals } from '../terminal/stop-signals.ts';
import { tryLock, type Lock } from '../system/file-lock.ts';
import { makePrivateFolder } from '../system/private-folder.ts';
import { checkPorts } from './check-ports.ts';
import { findKeyFault } from './key-fault.ts';
import { LocalTurno } from './local-turno.ts';
import { runSampleJob } from './sample-job.ts';
import { reasonOf, StartError } from '../start-error.ts';

/** What a task beside the running apps may use. */
interface Side {
  turno: LocalTurno;
  api: string;
  /** Undefined when the first key is not valid any more. */
  key: string | undefined;
  /** The folder of the logs. */
  logs: string;
}

/**
 * A task beside the running apps. It resolves once `stop` has aborted, or earlier.
 */
export type WhileRunning = (running: Side, stop: AbortSignal) => Promise<void>;

/**
 * Runs all of Turno on this machine until it is asked to stop, then ends this process.
 * The exit code is 0, or 1 after one line that names the failure and the mend. No process of the start is left running
 * either way.
 */
export async function startHere(
  root: string,
  environment: Record<string, string | undefined>,
  whileRunning: WhileRunning = showSampleJob,
): Promise<void> {
  const config = settingsOrExit(() => readConfig(environment));
  const warnings = findIneffectiveSettings(environment);
  warnings.forEach(print);
  // Each app logs the same warnings.
  const printOthers = (line: string) => void (warnings.some((warning) => line.endsWith(warning)) || print(line));
  scrubEnvironment(environment);
  const signals = listenForStop(print);
  const dataDir = path.resolve(root, config.DATA_DIR);
  try {
    const lock = lockFolder(dataDir);
    try {
      await checkPorts(config);
      const turno = new LocalTurno({ root, dataDir, config, environment, print: printOthers });
      await runUntilStopped({ turno, dataDir, config, whileRunning }, signals);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!signals.stop.aborted) printFailure(error);
  }
  process.exit(process.exitCode);
}

interface Running {
  dataDir: string;
  turno: LocalTurno;
  config: Config;
  whileRunning: WhileRunning;
}

async function runUntilStopped(running: Running, { stop, force }: StopSignals): Promise<void> {
  const { turno, dataDir, config, whileRunning } = running;
  let sideTask = Promise.resolve();
  try {
    const { api, board, files, ops, workerOps, key, boardPassword } = await turno.start(stop);
    const password = config.BOARD_PASSWORD ? 'the password from BOARD_PASSWORD' : `password ${boardPassword}`;
    const keyFault = await findKeyFault({ api, key, given: config.TURNO_DEV_KEY !== undefined, dataDir });
    print('Turno is ready.');
    print(`  API       ${api}`);
    print(`  docs      ${api}/docs`);
    print(`  board     ${board} (user ${config.BOARD_USER}, ${password})`);
    print(`  files     ${files ?? `bucket ${config.S3_BUCKET}`}`);
    print(`  health    ${ops} (API), ${workerOps} (worker)`);
    print(`  API key   ${keyFault ?? key}`);
    print('  Ctrl-C stops all processes and stores.');
    sideTask = whileRunning(
      { turno, api, logs: path.join(dataDir, 'logs'), key: keyFault === undefined ? key : undefined },
      stop,
    ).catch(printFailure);
    await aborted(stop);
  } finally {
    // In this order: the side task may wait for a process that is stopped here.
    await turno.stop(force);
    await sideTask;
  }
}

async function showSampleJob({ api, key, logs }: Side, stop: AbortSignal): Promise<void> {
  if (key !== undefined) await runSampleJob({ api, key, logs, print, signal: stop });
}

function lockFolder(dataDir: string): Lock {
  makePrivateFolder(path.join(dataDir, 'logs'));
  try {
    const lock = tryLock(path.join(dataDir, 'lock'));
    if ('release' in lock) return lock;
    throw new StartError(
      `Turno already runs in ${dataDir} (process ${lock.holder}): stop it first, or set DATA_DIR and the ports to others.`,
    );
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(
      `${dataDir} is not writable (${reasonOf(error)}): set DATA_DIR to a folder that you may write to.`,
    );
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function printFailure(error: unknown): void {
  process.exitCode = 1;
  const text = error instanceof StartError ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
