import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { searchPath } from './config.ts';
import type { FromKeeper, KeeperOrder, ToKeeper } from './keeper-messages.ts';

const keeper = fileURLToPath(new URL('keeper.js', import.meta.url));

/** A store under its keeper. */
export interface KeptStore {
  /** The store's own pid; another one after a restart. */
  pid(): number | undefined;
  /** Why the store is not running, when it is not. */
  ended(): string | undefined;
  /** Names the processes that the store must outlive when this process is killed. */
  outlive(pids: number[]): void;
  /** Stops the store cleanly. Resolves when store and keeper are gone. */
  stop(): Promise<void>;
}

/** Starts a store in a session of its own. It stops by itself, cleanly, soon after this process is gone. */
export function keepStore(order: KeeperOrder, onChange = () => {}): KeptStore {
  const child = spawn(process.execPath, [keeper, JSON.stringify(order)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { PATH: searchPath },
  });
  let pid: number | undefined;
  let ended: string | undefined;
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      ended = error.message;
      resolve();
    });
  });
  child.on('message', (message: FromKeeper) => {
    pid = message.type === 'started' ? message.pid : undefined;
    ended = message.type === 'ended' ? message.reason : undefined;
    onChange();
  });
  void gone.then(() => {
    pid = undefined;
    ended ??= 'its keeper is gone';
  });
  const send = (message: ToKeeper) => {
    if (child.connected) child.send(message, () => {});
  };
  return {
    pid: () => pid,
    ended: () => ended,
    outlive: (pids) => send({ type: 'dependants', pids }),
    stop: () => {
      send({ type: 'stop' });
      return gone;
    },
  };
}
