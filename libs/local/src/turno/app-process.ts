import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { toConsoleLine, toStartReason } from '../terminal/console-lines.ts';
import { followLines, followText, openLog } from '../terminal/log-file.ts';
import { startTimeOf, endProcess } from '../system/processes.ts';
import { reasonOf, StartError } from '../start-error.ts';

export interface AppOptions {
  name: string;
  /** Compiled entry file. */
  main: string;
  cwd: string;
  /** Read at each start. */
  env(): Record<string, string>;
  logFile: string;
  print(line: string): void;
  /** Called when a pid or an address has changed. */
  onChange(): void;
}

const pauseMsMin = 500;
const pauseMsMax = 15_000;
/** A process that ran this long before its exit is restarted after the shortest pause. */
const healthyMs = 60_000;
const readyTimeoutMs = 60_000;

type Addresses = Record<string, string>;
type AppMessage = { type?: string; addresses?: Addresses; pids?: number[] };

/**
 * One app of the service with its child processes.
 * An exit without a stop request is followed by a restart, after a pause that doubles.
 */
export class AppProcess {
  readonly name: string;
  private readonly options: AppOptions;
  /** The addresses of its last `ready` message. */
  addresses: Addresses = {};
  private child: ChildProcess | undefined;
  /** Its child processes: start time by pid. They may outlive the app until their requests are answered. */
  private children = new Map<number, string | undefined>();
  private stopping = false;
  /** Stopped for good. */
  private closed = false;
  private wasReady = false;
  private pauseMs = pauseMsMin;
  private stopFollowing = () => {};
  private timer: NodeJS.Timeout | undefined;

  constructor(options: AppOptions) {
    this.name = options.name;
    this.options = options;
  }

  /** Returns the pid of the app, if it runs, then those of its children. */
  pids(): number[] {
    const own = this.child?.pid;
    const children = [...this.children].filter(
      ([pid, startTime]) => startTime !== undefined && startTimeOf(pid) === startTime,
    );
    return [...(own === undefined ? [] : [own]), ...children.map(([pid]) => pid)];
  }

  /** Resolves when the app is ready. Throws a StartError with the reason when its first start fails. */
  async start(): Promise<void> {
    const { name, logFile, print } = this.options;
    closeSync(openLog(logFile));
    const output = followText(logFile);
    try {
      await untilReady(this.spawn());
      this.wasReady = true;
      const show = (line: string) => {
        const shown = toConsoleLine(name, line);
        if (shown !== undefined) print(shown);
      };
      output.read().split('\n').forEach(show); // such as a warning that Redis is away
      this.stopFollowing = followLines(logFile, show);
    } catch (error) {
      this.stopping = true;
      const reason = toStartReason(output.read()) ?? reasonOf(error);
      throw new StartError(`The ${name} did not start: ${reason} (see its log, ${logFile})`, { cause: error });
    } finally {
      output.close();
    }
  }

  /** Ends the app for good: by SIGTERM, and by SIGKILL after `graceMs` or when `force` aborts. */
  async stop(graceMs: number, force: AbortSignal): Promise<void> {
    this.closed = true;
    await this.end(graceMs, force);
  }

  /** Ends the app and starts it again. Throws the reason when it does not start; it can be restarted again. */
  async restart(graceMs: number): Promise<void> {
    await this.end(graceMs, new AbortController().signal);
    if (this.closed) return;
    this.stopping = false;
    this.wasReady = false;
    await this.start();
  }

  private async end(graceMs: number, force: AbortSignal): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const kill = () => this.pids().forEach((pid) => void endProcess(pid, ['SIGKILL'], 0));
    force.addEventListener('abort', kill);
    if (force.aborted) kill();
    const own = this.child?.pid;
    if (own !== undefined) await endProcess(own, ['SIGTERM', 'SIGKILL'], graceMs);
    // The app ends its children, unless it was killed.
    await Promise.all(this.pids().map((pid) => endProcess(pid, ['SIGTERM', 'SIGKILL'], graceMs)));
    force.removeEventListener('abort', kill);
    this.stopFollowing();
    this.stopFollowing = () => {};
  }

  private spawn(): ChildProcess {
    const { main, cwd, env, logFile } = this.options;
    const log = openLog(logFile);
    const startedAt = Date.now();
    // A session of its own: Ctrl-C reaches it only through this process, which stops apps and stores in order.
    const child = spawn(process.execPath, ['--enable-source-maps', main], {
      cwd,
      env: env(),
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
    this.child = child;
    this.options.onChange();
    child.once('error', () => {});
    child.on('message', (message: AppMessage) => {
      if (message.type === 'ready' && this.wasReady) this.options.print(`${this.name}: ready again`);
      this.addresses = message.addresses ?? this.addresses;
      if (message.pids !== undefined) this.children = new Map(message.pids.map((pid) => [pid, startTimeOf(pid)]));
      this.options.onChange();
    });
    child.once('exit', (code, signal) => {
      // The exit of the previous process may arrive after a restart.
      if (this.child === child) this.onExit(signal ?? `code ${code}`, Date.now() - startedAt);
    });
    return child;
  }

  private onExit(how: string, afterMs: number): void {
    this.child = undefined;
    this.options.onChange();
    if (this.stopping || !this.wasReady) return;
    if (afterMs > healthyMs) this.pauseMs = pauseMsMin;
    this.options.print(`${this.name}: ended (${how}); restart in ${this.pauseMs / 1_000} s`);
    this.timer = setTimeout(() => this.spawn(), this.pauseMs);
    this.pauseMs = Math.min(2 * this.pauseMs, pauseMsMax);
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`not ready within ${readyTimeoutMs / 1_000} s`));
    }, readyTimeoutMs);
    child.once('exit', () => reject(new Error('ended before it was ready')));
    child.on('message', (message: AppMessage) => {
      if (message.type !== 'ready') return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', () => clearTimeout(late));
  });
}
