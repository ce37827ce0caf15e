import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, isFree } from '../system/free-port.ts';
import type { SupervisedStore } from '../supervisor/supervise-store.ts';
import { reasonOf, StartFault } from '../start-fault.ts';

export interface StoreOptions {
  /** Where data, password and log live. Made when missing. */
  dir: string;
  /** 0, the default, takes a free one. */
  port?: number;
  /** False gives up what a power failure would need, for tests. True by default. */
  durable?: boolean;
  /** Start it again whenever it ends unasked. False by default. */
  restart?: boolean;
  /** After this process is gone: how long those named by `outlive` may take to end. 0 by default. */
  dependantsMs?: number;
  /** The store's pid has changed. */
  onChange?: () => void;
}

export interface LocalStore extends SupervisedStore {
  /** With the password in it. */
  url: string;
  port: number;
}

interface Attempt {
  kept: SupervisedStore;
  url: string;
  isReady: () => Promise<boolean>;
}

const readyWithinMs = 60_000;
const portTries = 5;

/** Makes `<dir>/logs` and starts the store; on a free port it tries another one when somebody was quicker. */
export async function startOnPort(
  name: string,
  options: StoreOptions,
  start: (port: number) => Attempt,
): Promise<LocalStore> {
  const logFile = path.join(options.dir, 'logs', `${name.toLowerCase()}.log`);
  makeFolder(path.dirname(logFile));
  for (let left = options.port ? 0 : portTries; ; left -= 1) {
    const port = options.port || (await freePort());
    if (!(await isFree(port, '127.0.0.1'))) {
      throw new StartFault(`Port ${port} for ${name} is in use: end what listens there, or take another port.`);
    }
    const { kept, url, isReady } = start(port);
    if (await becomesReady(kept, isReady)) return { ...kept, url, port };
    const reason = kept.ended() ?? 'it was not ready in time';
    await kept.stop();
    if (left <= 0) throw new StartFault(`${name} did not start (${reason}): ${lastLine(logFile)} See ${logFile}.`);
  }
}

/** Makes a folder that only this user may enter. */
export function makeFolder(folder: string): void {
  try {
    makeLevels(path.resolve(folder));
  } catch (error) {
    throw new StartFault(`${folder} cannot be made (${reasonOf(error)}): set DATA_DIR to a folder you may write to.`);
  }
}

/** One level at a time: Node 20's own recursive way never ends below a folder such as /proc that takes no new ones. */
function makeLevels(folder: string): void {
  if (existsSync(folder)) return;
  makeLevels(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // else another process was quicker
  }
}

async function becomesReady(kept: SupervisedStore, isReady: () => Promise<boolean>): Promise<boolean> {
  const until = Date.now() + readyWithinMs;
  while (kept.ended() === undefined && Date.now() < until) {
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
