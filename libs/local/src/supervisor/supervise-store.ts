import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { searchPath } from '../config.ts';
import type { FromSupervisor, SupervisorOrder, ToSupervisor } from './messages.ts';

const supervisor = fileURLToPath(new URL('supervisor.js', import.meta.url));

/** A store under its supervisor. */
export interface SupervisedStore {
  /** The store's own pid; another one after a restart. */
  pid(): number | undefined;
  /** Why the store is not running, when it is not. */
  ended(): string | undefined;
  /** Names the processes that the store must outlive when this process is killed. */
  outlive(pids: number[]): void;
  /** Stops the store cleanly. Resolves when store and supervisor are gone. */
  stop(): Promise<void>;
}

const againMs = 300;

/**
 * Starts a store in a session of its own. It stops by itself, cleanly, soon after this process is gone. A supervisor that is killed takes its store
 * with it, where the system can see to that; another one starts it again.
 */
export function keepStore(order: SupervisorOrder, onChange = () => {}): SupervisedStore {
  let pid: number | undefined;
  let ended: string | undefined;
  let dependants: number[] = [];
  let stopping = false;
  let child = launch();
  const gone = keep();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [supervisor, JSON.stringify(order)], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: searchPath },
    });
    started.on('message', (message: FromSupervisor) => {
      pid = message.type === 'started' ? message.pid : undefined;
      ended = message.type === 'ended' ? message.reason : undefined;
      onChange();
    });
    return started;
  }

  async function keep(): Promise<void> {
    for (;;) {
      const reason = await endOf(child);
      pid = undefined;
      ended ??= reason;
      onChange();
      if (order.restart && !stopping) await delay(againMs);
      if (!order.restart || stopping) return;
      child = launch();
      send({ type: 'dependants', pids: dependants });
    }
  }

  function send(message: ToSupervisor): void {
    if (child.connected) child.send(message, () => {});
  }

  return {
    pid: () => pid,
    ended: () => ended,
    outlive(pids) {
      dependants = pids;
      send({ type: 'dependants', pids });
    },
    stop() {
      stopping = true;
      send({ type: 'stop' });
      return gone;
    },
  };
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve('its supervisor is gone'));
    child.once('error', (error) => resolve(error.message));
  });
}
