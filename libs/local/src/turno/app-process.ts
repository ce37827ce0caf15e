import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { toConsoleLine, toStartReason } from '../terminal/console-lines.ts';
import { followLines, followLog, openLog } from '../terminal/log-file.ts';
import { birthOf, endProcess } from '../system/processes.ts';
import { reasonOf, StartFault } from '../start-fault.ts';

export interface AppOptions {
  name: string;
  /** Compiled entry file. */
  main: string;
  cwd: string;
  /** Read at each start. */
  env(): Record<string, string>;
  logFile: string;
  print(line: string): void;
  /** The pid or the addresses are other ones. */
  onChange(): void;
}

const pauseMsMin = 500;
const pauseMsMax = 15_000;
/** One that ran this long before it ended is started again without a long pause. */
const healthyMs = 60_000;
const readyWithinMs = 60_000;

type Addresses = Record<string, string>;
type Said = { type?: string; addresses?: Addresses; pids?: number[] };

/**
 * One process of the service, with those it may start to share its work. Whenever it ends unasked it is started again, after a pause
 * that doubles.
 */
export class AppProcess {
  readonly name: string;
  private readonly options: AppOptions;
  /** What it said when it was last ready. */
  addresses: Addresses = {};
  private child: ChildProcess | undefined;
  /** Those below it by pid, with what tells them from later ones. They may outlive it for as long as they have work in hand. */
  private below = new Map<number, string | undefined>();
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

  /** Its own first, if it runs, then those below it. */
  pids(): number[] {
    const own = this.child?.pid;
    const below = [...this.below].filter(([pid, birth]) => birth !== undefined && birthOf(pid) === birth);
    return [...(own === undefined ? [] : [own]), ...below.map(([pid]) => pid)];
  }

  /** Resolves when it is ready. If it cannot start this first time, throws why. */
  async start(): Promise<void> {
    const { name, logFile, print } = this.options;
    closeSync(openLog(logFile));
    const output = followLog(logFile);
    try {
      await untilReady(this.spawn());
      this.wasReady = true;
      const show = (line: string) => {
        const shown = toConsoleLine(name, line);
        if (shown !== undefined) print(shown);
      };
      output.read().split('\n').forEach(show); // such as that Redis is away
      this.stopFollowing = followLines(logFile, show);
    } catch (error) {
      this.stopping = true;
      const reason = toStartReason(output.read()) ?? reasonOf(error);
      throw new StartFault(`The ${name} did not start: ${reason} (all it said is in ${logFile})`, { cause: error });
    } finally {
      output.close();
    }
  }

  /** Ends it for good: by SIGTERM and, when that takes longer than `withinMs` or `hurry` aborts, by SIGKILL. */
  async stop(withinMs: number, hurry: AbortSignal): Promise<void> {
    this.closed = true;
    await this.end(withinMs, hurry);
  }

  /** Ends it and starts it again. Throws why it cannot start; then it stays ended until the next restart. */
  async restart(withinMs: number): Promise<void> {
    await this.end(withinMs, new AbortController().signal);
    if (this.closed) return;
    this.stopping = false;
    this.wasReady = false;
    await this.start();
  }

  private async end(withinMs: number, hurry: AbortSignal): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    const kill = () => this.pids().forEach((pid) => void endProcess(pid, ['SIGKILL'], 0));
    hurry.addEventListener('abort', kill);
    if (hurry.aborted) kill();
    const own = this.child?.pid;
    if (own !== undefined) await endProcess(own, ['SIGTERM', 'SIGKILL'], withinMs);
    // It ends those below it, unless it was killed.
    await Promise.all(this.pids().map((pid) => endProcess(pid, ['SIGTERM', 'SIGKILL'], withinMs)));
    hurry.removeEventListener('abort', kill);
    this.stopFollowing();
    this.stopFollowing = () => {};
  }

  private spawn(): ChildProcess {
    const { main, cwd, env, logFile } = this.options;
    const log = openLog(logFile);
    const startedAt = Date.now();
    // A session of its own: Ctrl-C reaches it only through this process, which keeps the order of stopping.
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
    child.on('message', (message: Said) => {
      this.addresses = message.addresses ?? this.addresses;
      if (message.pids !== undefined) this.below = new Map(message.pids.map((pid) => [pid, birthOf(pid)]));
      this.options.onChange();
    });
    child.once('exit', (code, signal) => {
      // After a restart the exit of the process before may come late.
      if (this.child === child) this.ended(signal ?? `code ${code}`, Date.now() - startedAt);
    });
    return child;
  }

  private ended(how: string, afterMs: number): void {
    this.child = undefined;
    this.options.onChange();
    if (this.stopping || !this.wasReady) return;
    if (afterMs > healthyMs) this.pauseMs = pauseMsMin;
    this.options.print(`${this.name}: ended (${how}), is started again in ${this.pauseMs / 1_000} s`);
    this.timer = setTimeout(() => this.spawn(), this.pauseMs);
    this.pauseMs = Math.min(2 * this.pauseMs, pauseMsMax);
  }
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('not ready in time'));
    }, readyWithinMs);
    child.once('exit', () => reject(new Error('ended before it was ready')));
    child.on('message', (message: Said) => {
      if (message.type !== 'ready') return;
      clearTimeout(late);
      resolve();
    });
    child.once('exit', () => clearTimeout(late));
  });
}
