import { randomBytes } from 'node:crypto';
import { realpathSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { searchPath } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { keepStore } from '../supervisor/supervise-store.ts';
import { makeFolder, startOnPort, type LocalStore, type StoreOptions } from '../stores/start-on-port.ts';
import { endProcess, worksIn } from '../system/processes.ts';
import { answersPing } from './ping-redis.ts';
import { findRedis } from './find-redis.ts';
import { StartFault } from '../start-fault.ts';
import { launchBound } from '../stores/launch-as-user.ts';

const stopSignals: NodeJS.Signals[] = ['SIGTERM', 'SIGKILL'];

export interface RedisOptions extends StoreOptions {
  /** Where an unpacked server lives when none is installed; shared between data folders. */
  toolsDir: string;
}

/**
 * Starts a Redis on 127.0.0.1 whose data is in `<dir>/redis`. It never evicts, since a queue that loses keys is broken, and
 * asks for the password kept in `<dir>/redis-password`. One left running by an earlier start on this folder is ended first.
 */
export async function startRedis(options: RedisOptions): Promise<LocalStore> {
  const program = await findRedis(path.resolve(options.toolsDir));
  const dir = path.resolve(options.dir);
  makeFolder(path.join(dir, 'redis'));
  const dataFolder = realpathSync(path.join(dir, 'redis'));
  const password = storedSecret(path.join(dir, 'redis-password'), () => randomBytes(18).toString('base64url'));
  await endLeftover(dataFolder);
  return startOnPort('Redis', options, (port) => {
    const config = path.join(dataFolder, 'redis.conf');
    writeFileSync(config, configuration(port, password, options.durable ?? true), { mode: 0o600 });
    const order = {
      ...launchBound({ command: program.command, args: [config] }, 'TERM'),
      cwd: dataFolder,
      env: { PATH: searchPath, LC_ALL: 'C', ...program.env },
      logFile: path.join(dir, 'logs/redis.log'),
      stopSignals,
      stopStepMs: 5_000,
      restart: options.restart ?? false,
      dependantsMs: options.dependantsMs ?? 0,
    };
    const kept = keepStore(order, options.onChange);
    return { kept, isReady: () => answersPing(port, password), url: `redis://:${password}@127.0.0.1:${port}/0` };
  }).catch((error: unknown) => {
    if (!(error instanceof StartFault)) throw error;
    const mend = `If its data is broken, delete ${dataFolder}: Postgres holds all that matters.`;
    throw new StartFault(`${error.message} ${mend}`, { cause: error });
  });
}

/** In a file, not on the command line, where everybody could read the password. Relative paths start at the data folder. */
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

/** A server is ours only if it works in this very folder. */
async function endLeftover(dataFolder: string): Promise<void> {
  const pid = readPid(path.join(dataFolder, 'redis.pid'));
  if (pid !== undefined && worksIn(pid, dataFolder)) await endProcess(pid, stopSignals, 5_000);
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}
