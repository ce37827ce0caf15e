import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { searchPath } from '../config.ts';
import type { FromSupervisor, SupervisorTask, ToSupervisor } from './messages.ts';

const supervisorFile = fileURLToPath(new URL('supervisor.js', import.meta.url));

/** A store that runs under a supervisor process. */
export interface SupervisedStore {
  /** The store's own pid; it changes with a restart. */
  pid(): number | undefined;
  /** The reason why the store is not running; undefined while it runs. */
  ended(): string | undefined;
  /** Sets the dependants: processes that must end before the store does when this process is killed. */
  setDependants(pids: number[]): void;
  /** Stops the store cleanly. Resolves when store and supervisor are gone. */
  stop(): Promise<void>;
}

const restartPauseMs = 300;

/**
 * Starts a store under a supervisor in a session of its own.
 * The store stops by itself, cleanly, soon after this process is gone. A supervisor that is killed takes its store with
 * it, where the system supports parent death signals; another supervisor starts the store again.
 */
export function superviseStore(task: SupervisorTask, onChange = () => {}): SupervisedStore {
  let pid: number | undefined;
  let ended: string | undefined;
  let dependants: number[] = [];
  let stopping = false;
  let supervisor = launch();
  const gone = runUntilStopped();

  function launch(): ChildProcess {
    const started = spawn(process.execPath, [supervisorFile, JSON.stringify(task)], {
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

  async function runUntilStopped(): Promise<void> {
    for (;;) {
      const reason = await exitOf(supervisor);
      pid = undefined;
      ended ??= reason;
      onChange();
      if (task.restart && !stopping) await delay(restartPauseMs);
      if (!task.restart || stopping) return;
      supervisor = launch();
      send({ type: 'dependants', pids: dependants });
    }
  }

  function send(message: ToSupervisor): void {
    if (supervisor.connected) supervisor.send(message, () => {});
  }

  return {
    pid: () => pid,
    ended: () => ended,
    setDependants(pids) {
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

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve('its supervisor is gone'));
    child.once('error', (error) => resolve(error.message));
  });
}
