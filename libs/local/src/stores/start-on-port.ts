import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, isFree } from '../system/free-port.ts';
import type { SupervisedStore } from '../supervisor/supervise-store.ts';
import { StartError } from '../start-error.ts';
import { makePrivateFolder } from '../system/private-folder.ts';

export interface StoreOptions {
  /** The folder of data, password and log. Created when missing. */
  dir: string;
  /** 0, the default, takes a free port. */
  port?: number;
  /** False skips the writes that only a power failure needs, for tests. True by default. */
  durable?: boolean;
  /** Restart the store when it ends without a stop request. False by default. */
  restart?: boolean;
  /** The time that the dependants have to end after this process is gone. 0 by default. */
  dependantsMs?: number;
  /** Called when the store's pid has changed. */
  onChange?: () => void;
}

export interface LocalStore extends SupervisedStore {
  /** Contains the password. */
  url: string;
  port: number;
}

interface StartedStore {
  store: SupervisedStore;
  url: string;
  isReady: () => Promise<boolean>;
}

const readyTimeoutMs = 60_000;
const portTries = 5;

/**
 * Starts a store and resolves once it accepts connections.
 * A free port that another process took first is replaced by another one. Throws a StartError with the last line of the
 * store's log.
 */
export async function startOnPort(
  name: string,
  options: StoreOptions,
  start: (port: number) => StartedStore,
): Promise<LocalStore> {
  const logFile = path.join(options.dir, 'logs', `${name.toLowerCase()}.log`);
  makePrivateFolder(path.dirname(logFile));
  for (let left = options.port ? 0 : portTries; ; left -= 1) {
    const port = options.port || (await freePort());
    if (!(await isFree(port, '127.0.0.1'))) {
      throw new StartError(
        `Port ${port} for ${name} is in use: stop the process that listens there, or choose another port.`,
      );
    }
    const { store, url, isReady } = start(port);
    if (await becomesReady(store, isReady)) return { ...store, url, port };
    const reason = store.ended() ?? `it was not ready within ${readyTimeoutMs / 1_000} s`;
    await store.stop();
    if (left <= 0) throw new StartError(`${name} did not start (${reason}): ${lastLine(logFile)} See ${logFile}.`);
  }
}

async function becomesReady(store: SupervisedStore, isReady: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + readyTimeoutMs;
  while (store.ended() === undefined && Date.now() < deadline) {
    if (await isReady()) return true;
    await delay(20);
  }
  return false;
}

function lastLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
  } catch {
    return '';
  }
}
