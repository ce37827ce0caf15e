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
  /** Prints a line when the running store has ended, and when it accepts connections again. */
  print?: (line: string) => void;
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
const pollEveryMs = 20;

/**
 * Starts a store and resolves once it accepts connections.
 * A free port that another process took first is replaced by another one. Throws a StartError with the last line of the
 * store's log.
 */
export async function startOnPort(
  name: string,
  options: StoreOptions,
  start: (port: number, onChange: () => void) => StartedStore,
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
    let onRunningChange = () => {};
    const started = start(port, () => {
      options.onChange?.();
      onRunningChange();
    });
    const { store, url, isReady } = started;
    if (await becomesReady(store, isReady)) {
      const report = reportRestarts(name, started, options);
      onRunningChange = report.onChange;
      const stop = () => {
        report.end();
        return store.stop();
      };
      return { ...store, url, port, stop };
    }
    const reason = store.ended() ?? `it was not ready within ${readyTimeoutMs / 1_000} s`;
    await store.stop();
    if (left <= 0) throw new StartError(`${name} did not start (${reason}): ${lastLine(logFile)} See ${logFile}.`);
  }
}

/** Prints the end of a running store that is restarted, and the moment when it accepts connections again. */
function reportRestarts(name: string, { store, isReady }: StartedStore, { restart, print }: StoreOptions) {
  let stopping = restart !== true || print === undefined;
  let away = false;
  const onChange = () => {
    const reason = store.ended();
    if (stopping || away || reason === undefined) return;
    away = true;
    print?.(`${name.toLowerCase()}: ended (${reason}); it is started again`);
    void untilReady();
  };
  const untilReady = async () => {
    while (!stopping && (store.ended() !== undefined || !(await isReady()))) await delay(pollEveryMs);
    if (!stopping) print?.(`${name.toLowerCase()}: accepts connections again`);
    away = false;
  };
  return {
    onChange,
    end() {
      stopping = true;
    },
  };
}

async function becomesReady(store: SupervisedStore, isReady: () => Promise<boolean>): Promise<boolean> {
  const deadline = Date.now() + readyTimeoutMs;
  while (store.ended() === undefined && Date.now() < deadline) {
    if (await isReady()) return true;
    await delay(pollEveryMs);
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
