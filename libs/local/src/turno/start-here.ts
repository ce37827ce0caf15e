import path from 'node:path';
import { findMisspelledSettings, scrubEnvironment, settingsOrExit } from '@turno/runtime';
import { readConfig, type Config } from '../config.ts';
import { listenForStop, type StopSignals } from '../terminal/stop-signals.ts';
import { tryLock, type Lock } from '../system/file-lock.ts';
import { isFree } from '../system/free-port.ts';
import { makePrivateFolder } from '../system/private-folder.ts';
import { LocalTurno } from './local-turno.ts';
import { runSampleJob } from './sample-job.ts';
import { reasonOf, StartError } from '../start-error.ts';

/** A task beside the running apps. It resolves once `stop` has aborted, or earlier. */
export type WhileRunning = (
  running: { turno: LocalTurno; api: string; key: string },
  stop: AbortSignal,
) => Promise<void>;

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
  findMisspelledSettings(environment).forEach(print);
  scrubEnvironment(environment);
  const signals = listenForStop(print);
  const dataDir = path.resolve(root, config.DATA_DIR);
  try {
    const lock = lockFolder(dataDir);
    try {
      await checkPorts(config);
      const turno = new LocalTurno({ root, dataDir, config, environment, print });
      await runUntilStopped({ turno, config, whileRunning }, signals);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!signals.stop.aborted) printFailure(error);
  }
  process.exit(process.exitCode);
}

interface Running {
  turno: LocalTurno;
  config: Config;
  whileRunning: WhileRunning;
}

async function runUntilStopped({ turno, config, whileRunning }: Running, { stop, force }: StopSignals): Promise<void> {
  let sideTask = Promise.resolve();
  try {
    const { api, board, files, ops, workerOps, key, boardPassword } = await turno.start(stop);
    const password = config.BOARD_PASSWORD ? 'the password from BOARD_PASSWORD' : `password ${boardPassword}`;
    print('Turno is ready.');
    print(`  API       ${api}`);
    print(`  board     ${board} (user ${config.BOARD_USER}, ${password})`);
    print(`  files     ${files ?? `bucket ${config.S3_BUCKET}`}`);
    print(`  health    ${ops} (API), ${workerOps} (worker)`);
    print(`  API key   ${key}`);
    print('  Ctrl-C stops all processes and stores.');
    sideTask = whileRunning({ turno, api, key }, stop).catch(printFailure);
    await aborted(stop);
  } finally {
    // In this order: the side task may wait for a process that is stopped here.
    await turno.stop(force);
    await sideTask;
  }
}

function showSampleJob({ api, key }: { api: string; key: string }, stop: AbortSignal): Promise<void> {
  return runSampleJob({ api, key, print, signal: stop });
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

async function checkPorts(config: Config): Promise<void> {
  const used = new Map<number, string>();
  const names = ['PORT', 'BOARD_PORT', 'OPS_PORT', 'WORKER_OPS_PORT'] as const;
  for (const name of config.S3_BUCKET === undefined ? ([...names, 'FILES_PORT'] as const) : names) {
    const port = config[name];
    const other = used.get(port);
    if (other !== undefined)
      throw new StartError(`${name} and ${other} are both ${port}: give one of them another port.`);
    if (port !== 0) used.set(port, name);
    if (port !== 0 && !(await isFree(port, config.HOST))) {
      throw new StartError(
        `Port ${port} is in use: stop the process that listens there, or set ${name} to another port (0 takes a free one).`,
      );
    }
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
