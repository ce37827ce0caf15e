import { fork, spawnSync, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { programOf } from '../support/apps/constants.ts';
import { root } from '../support/root.ts';

/** One of the real processes, started again whenever it ends. */
export interface SupervisedApp {
  name: string;
  logFile: string;
  pid(): number | undefined;
  /** Where it listens, while it is ready. */
  address(): string | undefined;
  signal(signal: NodeJS.Signals): void;
  /**
   * Resolves when it is ready, now or after the start that is under way, or when the run is stopped. Rejects after a
   * minute.
   */
  ready(stopped: AbortSignal): Promise<void>;
  /** The exit codes of those that ended by themselves or by SIGTERM. */
  exits(): (number | NodeJS.Signals)[];
  /** SIGKILL: at once, without grace. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface AppOptions {
  name: string;
  app: 'api' | 'worker';
  dir: string;
  environment: Record<string, string>;
  /** What to run instead of the app as it ships. */
  main?: string | undefined;
}

/**
 * One that is frozen cannot hear that its parent was killed; the kernel ends it, where setpriv is there to ask for
 * that.
 */
const canBind = spawnSync('setpriv', ['--pdeathsig=KILL', 'true'], { stdio: 'ignore' }).status === 0;
const bound = canBind ? { execPath: 'setpriv', execArgv: ['--pdeathsig=KILL', process.execPath] } : { execArgv: [] };

const restartMs = 300;
const stopMs = 20_000;
const startMsMax = 60_000;

export function keepApp({
  name,
  app,
  dir,
  environment,
  main = programOf(app, environment),
}: AppOptions): SupervisedApp {
  const logFile = path.join(dir, `${name}.log`);
  const exits: (number | NodeJS.Signals)[] = [];
  let stopping = false;
  let address: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let child: ChildProcess | undefined;

  function start(): void {
    const log = openSync(logFile, 'a');
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment };
    child = fork(main, [], { cwd: root, env, ...bound, stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    child.on('message', ({ type, addresses }: { type: string; addresses: Record<string, string> }) => {
      if (type === 'ready') address = addresses[app === 'api' ? 'api' : 'ops'];
    });
    child.once('exit', (code, signal) => {
      address = undefined;
      child = undefined;
      exits.push(signal ?? code ?? -1);
      if (!stopping) timer = setTimeout(start, restartMs);
    });
  }

  start();
  return {
    name,
    logFile,
    pid: () => child?.pid,
    address: () => address,
    signal(signal) {
      if (signal === 'SIGKILL' || signal === 'SIGTERM') address = undefined;
      child?.kill(signal);
    },
    async ready(stopped) {
      const since = Date.now();
      while (address === undefined && !stopping && !stopped.aborted) {
        if (Date.now() - since > startMsMax) throw new Error(`${name} was not ready after ${startMsMax} ms`);
        await delay(20);
      }
    },
    exits: () => exits,
    async stop(signal) {
      stopping = true;
      clearTimeout(timer);
      const ending = child;
      if (ending === undefined) return;
      const gone = new Promise((resolve) => ending.once('exit', resolve));
      ending.kill(signal);
      ending.kill('SIGCONT');
      const late = setTimeout(() => ending.kill('SIGKILL'), stopMs);
      await gone;
      clearTimeout(late);
    },
  };
}
