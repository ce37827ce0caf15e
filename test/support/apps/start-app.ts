import { fork, type ChildProcess } from 'node:child_process';
import { commandOf } from './bundle-apps.ts';
import { programOf } from './constants.ts';
import { root } from '../root.ts';

export type AppName = 'api' | 'worker' | 'board' | 'files';

/** One line of an app's log. */
export type LogLine = Record<string, unknown> & { level?: number; msg?: string };

export interface App {
  pid: number;
  /** What it said when it was ready, such as `{ api: 'http://127.0.0.1:41234' }`. */
  addresses: Record<string, string>;
  /** Everything it printed so far. */
  output(): string;
  log(): LogLine[];
  /** Sends a signal and does not wait. */
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the exit code, or the signal that ended it. */
  exited: Promise<number | NodeJS.Signals>;
  /** SIGTERM, then SIGKILL when it does not end. Resolves with the exit code or signal. */
  stop(withinMs?: number): Promise<number | NodeJS.Signals>;
}

type Environment = Record<string, string>;

const readyWithinMs = 120_000;
const running = new Set<App>();

/** Starts an app, compiled, with nothing but `environment` set, and waits until it is ready. */
export async function startApp(
  name: AppName,
  environment: Environment,
  main = programOf(name, environment),
): Promise<App> {
  const [file, args] = await commandOf(main);
  const child = fork(file, args, {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...environment },
    silent: true,
    execArgv: [],
  });
  const output = collect(child);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code ?? 1));
  });
  const app: App = {
    pid: child.pid ?? 0,
    addresses: {},
    output,
    log: () => parseLines(output()),
    kill: (signal) => void child.kill(signal),
    exited,
    stop: (withinMs = 60_000) => stop(child, exited, withinMs),
  };
  running.add(app);
  void exited.then(() => running.delete(app));
  app.addresses = await ready(child, () => `${name} did not start:\n${output()}`);
  return app;
}

/** Ends whatever this file left running. */
export async function endApps(): Promise<void> {
  await Promise.all([...running].map((app) => app.stop()));
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const add = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', add);
  child.stderr?.on('data', add);
  return () => text;
}

function ready(child: ChildProcess, explain: () => string): Promise<Record<string, string>> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(explain()));
    const timer = setTimeout(fail, readyWithinMs);
    child.once('close', fail);
    child.on('message', (message: { type: string; addresses: Record<string, string> }) => {
      if (message.type !== 'ready') return;
      clearTimeout(timer);
      child.off('close', fail);
      resolve(message.addresses);
    });
  });
}

async function stop(child: ChildProcess, exited: App['exited'], withinMs: number): Promise<number | NodeJS.Signals> {
  child.kill('SIGTERM');
  child.kill('SIGCONT'); // a frozen one could not end
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs);
  const result = await exited;
  clearTimeout(timer);
  return result;
}

function parseLines(text: string): LogLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as LogLine] : [];
    } catch {
      return []; // the last line may be half written
    }
  });
}
