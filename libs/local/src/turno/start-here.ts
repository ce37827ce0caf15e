import path from 'node:path';
import { scrubEnvironment, settingsOrExit } from '@turno/runtime';
import { readConfig, type Config } from '../config.ts';
import { listenForEnd, type Ending } from '../terminal/stop-signals.ts';
import { tryLock, type Lock } from '../system/file-lock.ts';
import { isFree } from '../system/free-port.ts';
import { makeFolder } from '../stores/start-on-port.ts';
import { LocalTurno } from './local-turno.ts';
import { runSampleJob } from './sample-job.ts';
import { reasonOf, StartFault } from '../start-fault.ts';

/** Work beside the running processes; it resolves once `asked` has aborted. */
export type WhileRunning = (turno: LocalTurno, asked: AbortSignal) => Promise<void>;

/**
 * Runs all of Turno on this machine until it is asked to end, and then ends this process: with code 0, or 1 after printing
 * one line that says what could not be done and how to mend it. Nothing is left running either way.
 */
export async function startHere(
  root: string,
  environment: Record<string, string | undefined>,
  whileRunning: WhileRunning = () => Promise.resolve(),
): Promise<void> {
  const config = settingsOrExit(() => readConfig(environment));
  scrubEnvironment(environment);
  const ending = listenForEnd(print);
  const dataDir = path.resolve(root, config.DATA_DIR);
  try {
    const lock = takeFolder(dataDir);
    try {
      await checkPorts(config);
      const turno = new LocalTurno({ root, dataDir, config, environment, print });
      await runUntilAsked({ turno, config, whileRunning }, ending);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!ending.asked.aborted) fail(error);
  }
  process.exit(process.exitCode);
}

interface Running {
  turno: LocalTurno;
  config: Config;
  whileRunning: WhileRunning;
}

async function runUntilAsked({ turno, config, whileRunning }: Running, { asked, hurry }: Ending): Promise<void> {
  let beside = Promise.resolve();
  try {
    const { api, board, files, ops, workerOps, key, boardPassword } = await turno.start(asked);
    const password = config.BOARD_PASSWORD ? 'the given password' : `password ${boardPassword}`;
    print('Turno is ready.');
    print(`  API       ${api}`);
    print(`  board     ${board} (user ${config.BOARD_USER}, ${password})`);
    print(`  files     ${files ?? `bucket ${config.S3_BUCKET}`}`);
    print(`  health    ${ops} (API), ${workerOps} (worker)`);
    print(`  key       ${key}`);
    print('  Ctrl-C stops everything.');
    beside = whileRunning(turno, asked).catch(fail);
    await runSampleJob({ api, key, print, signal: asked });
    await aborted(asked);
  } finally {
    // In this order: the work beside may wait for a process that is stopped here.
    await turno.stop(hurry);
    await beside;
  }
}

function takeFolder(dataDir: string): Lock {
  makeFolder(path.join(dataDir, 'logs'));
  try {
    const lock = tryLock(path.join(dataDir, 'lock'));
    if ('release' in lock) return lock;
    throw new StartFault(
      `Turno already runs in ${dataDir} (process ${lock.heldBy}): stop it first, or set DATA_DIR and the ports to others.`,
    );
  } catch (error) {
    if (error instanceof StartFault) throw error;
    throw new StartFault(
      `${dataDir} cannot be written to (${reasonOf(error)}): set DATA_DIR to a folder you may write to.`,
    );
  }
}

async function checkPorts(config: Config): Promise<void> {
  const wanted = new Map<number, string>();
  const names = ['PORT', 'BOARD_PORT', 'OPS_PORT', 'WORKER_OPS_PORT'] as const;
  for (const name of config.S3_BUCKET === undefined ? ([...names, 'FILES_PORT'] as const) : names) {
    const port = config[name];
    const other = wanted.get(port);
    if (other !== undefined)
      throw new StartFault(`${name} and ${other} are both ${port}: give one of them another port.`);
    if (port !== 0) wanted.set(port, name);
    if (port !== 0 && !(await isFree(port, config.HOST))) {
      throw new StartFault(
        `Port ${port} is in use: end what listens there, or set ${name} to another port (0 takes a free one).`,
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

function fail(error: unknown): void {
  process.exitCode = 1;
  const text = error instanceof StartFault ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`${text}\n`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
