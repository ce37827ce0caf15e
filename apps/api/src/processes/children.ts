import cluster, { type Worker } from 'node:cluster';
import type { Log, OpsAnswer, MessageToProcess } from '@turno/runtime';
import { createAsking } from './ask-child.ts';
import type { FromChild } from './messages.ts';

export interface ChildrenOptions {
  count: number;
  log: Log;
  /** The processes are other ones. */
  onChange(pids: number[]): void;
}

export interface ChildAnswer {
  pid: number;
  /** Undefined when none came in time. */
  answer: OpsAnswer | undefined;
}

interface Child {
  worker: Worker;
  bornAt: number;
  serves: boolean;
  /** Why it could not start, in its own words. */
  reason: string | undefined;
}

type Addresses = Record<string, string>;

const pauseMsMin = 200;
const pauseMsMax = 15_000;
/** One that ran this long before it ended is replaced without a long pause. */
const healthyMs = 60_000;

/** The processes that serve, as many as wanted: one that ends unasked is replaced, after a pause that doubles. */
export class Children {
  readonly count: number;
  stopping = false;
  private readonly options: ChildrenOptions;
  private readonly asking = createAsking();
  private readonly alive = new Map<number, Child>();
  private started = false;
  private pauseMs = pauseMsMin;
  private onAllGone = () => {};

  constructor(options: ChildrenOptions) {
    this.options = options;
    this.count = options.count;
    // They accept from one socket: the kernel gives a connection to one that is idle, and nothing needs the primary for it.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
  }

  /** Resolves with the address they share when all serve; when one cannot, throws its reason, and they must be stopped. */
  async start(): Promise<Addresses> {
    const [addresses = {}] = await Promise.all(Array.from({ length: this.count }, () => this.fork()));
    this.started = true;
    return addresses;
  }

  /** Has each end what it has in hand; resolves when all are gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    const gone = new Promise<void>((resolve) => (this.onAllGone = resolve));
    for (const { worker, serves } of this.alive.values()) {
      if (serves) worker.send({ type: 'stop' } satisfies MessageToProcess, () => {});
      else worker.process.kill('SIGTERM'); // it may be too young to listen
    }
    if (this.alive.size > 0) await gone;
  }

  /** Ends whatever still runs, now. */
  kill(): void {
    for (const { worker } of this.alive.values()) worker.process.kill('SIGKILL');
  }

  /** Asks each that serves what its own listener for operations would say. */
  ask(path: string, query = ''): Promise<ChildAnswer[]> {
    const asked = [...this.alive].filter(([, child]) => child.serves);
    return Promise.all(
      asked.map(async ([pid, { worker }]) => ({ pid, answer: await this.asking.ask(worker, path, query) })),
    );
  }

  private fork(): Promise<Addresses> {
    const worker = cluster.fork();
    const { pid } = worker.process;
    const child: Child = { worker, bornAt: Date.now(), serves: false, reason: undefined };
    if (pid !== undefined) this.alive.set(pid, child);
    this.noteChange();
    return new Promise((resolve, reject) => {
      worker.on('message', (said: FromChild) => {
        this.asking.hear(said);
        if (said.type === 'failed') child.reason = said.reason;
        if (said.type !== 'ready') return;
        child.serves = true;
        resolve(said.addresses);
      });
      const over = (how: string) => {
        reject(new Error(child.reason ?? `a process of the API ended (${how}) before it was ready`));
        this.ended(pid, child, how);
      };
      worker.once('exit', (code: number, signal: string) => {
        const end = () => over(signal || `code ${code}`);
        if (worker.isConnected())
          worker.once('disconnect', end); // its last words are still under way
        else end();
      });
      worker.on('error', (error) => pid === undefined && over(error.message)); // none was made
    });
  }

  private ended(pid: number | undefined, { bornAt, reason }: Child, how: string): void {
    if (pid !== undefined) this.alive.delete(pid);
    this.noteChange();
    if (this.alive.size === 0) this.onAllGone();
    if (this.stopping || !this.started) return;
    if (Date.now() - bornAt > healthyMs) this.pauseMs = pauseMsMin;
    const { pauseMs } = this;
    this.options.log.error({ ended: pid, how, reason, pauseMs }, 'a process of the API ended and is replaced');
    setTimeout(() => this.replace(), pauseMs);
    this.pauseMs = Math.min(2 * pauseMs, pauseMsMax);
  }

  private replace(): void {
    if (!this.stopping) this.fork().catch(() => {}); // said when it ended
  }

  private noteChange(): void {
    this.options.onChange([...this.alive.keys()]);
  }
}
