import { randomBytes } from 'node:crypto';
import { realpathSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { searchPath } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { superviseStore } from '../supervisor/supervise-store.ts';
import { makePrivateFolder } from '../system/private-folder.ts';
import { startOnPort, type LocalStore, type StoreOptions } from '../stores/start-on-port.ts';
import { endProcess, hasWorkingDirectory } from '../system/processes.ts';
import { pingRedis } from './ping-redis.ts';
import { findRedis } from './find-redis.ts';
import { StartError } from '../start-error.ts';
import { launchWithDeathSignal } from '../stores/launch-as-user.ts';

const stopSignals: NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'];

export interface RedisOptions extends StoreOptions {
  /** The folder for an unpacked server when none is installed; data folders share it. */
  toolsDir: string;
}

/**
 * Starts a Redis on 127.0.0.1 with its data in `<dir>/redis`.
 * It never evicts keys: a queue that loses keys is broken. Every connection needs the password in
 * `<dir>/redis-password`. A server that an earlier start on this folder left running is ended first. Throws a
 * StartError.
 */
export async function startRedis(options: RedisOptions): Promise<LocalStore> {
  const program = await findRedis(path.resolve(options.toolsDir));
  const dir = path.resolve(options.dir);
  makePrivateFolder(path.join(dir, 'redis'));
  const dataFolder = realpathSync(path.join(dir, 'redis'));
  const password = storedSecret(path.join(dir, 'redis-password'), () => randomBytes(18).toString('base64url'));
  await endPreviousServer(dataFolder);
  return startOnPort('Redis', options, (port, onChange) => {
    const config = path.join(dataFolder, 'redis.conf');
    writeFileSync(config, configuration(port, password, options.durable ?? true), { mode: 0o600 });
    const task = {
      ...launchWithDeathSignal({ command: program.command, args: [config] }, 'TERM'),
      cwd: dataFolder,
      env: { PATH: searchPath, LC_ALL: 'C', ...program.env },
      logFile: path.join(dir, 'logs/redis.log'),
      stopSignals,
      stopStepMs: 5_000,
      restart: options.restart ?? false,
      dependantsMs: options.dependantsMs ?? 0,
    };
    const store = superviseStore(task, onChange);
    return { store, isReady: () => pingRedis(port, password), url: `redis://:${password}@127.0.0.1:${port}/0` };
  }).catch((error: unknown) => {
    if (!(error instanceof StartError)) throw error;
    const mend = `If its data is broken, delete ${dataFolder}: Redis holds nothing that Postgres does not.`;
    throw new StartError(`${error.message} ${mend}`, { cause: error });
  });
}

/**
 * Makes redis.conf: a password on the command line could be read by every user.
 * Paths are relative to the data folder.
 */
function configuration(port: number, password: string, durable: boolean): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'daemonize no',
    'pidfile redis.pid',
    'maxmemory-policy noeviction',
    'save ""',
    `appendonly ${durable ? 'yes' : 'no'}`,
    'appendfsync everysec',
    '',
  ].join('\n');
}

/** Ends the server of an earlier start, known by its working directory. */
async function endPreviousServer(dataFolder: string): Promise<void> {
  const pid = readPid(path.join(dataFolder, 'redis.pid'));
  if (pid !== undefined && hasWorkingDirectory(pid, dataFolder)) await endProcess(pid, stopSignals, 5_000);
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
