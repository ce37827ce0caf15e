import cluster, { type Worker } from 'node:cluster';
import type { Log, OpsAnswer, MessageToProcess } from '@turno/runtime';
import { createChildRequests } from './child-requests.ts';
import type { FromChild } from './messages.ts';

export interface ChildrenOptions {
  count: number;
  log: Log;
  /** Called when a process has started or ended. */
  onChange(pids: number[]): void;
}

export interface ChildAnswer {
  pid: number;
  /** Undefined when the process did not answer in time. */
  answer: OpsAnswer | undefined;
}

interface Child {
  worker: Worker;
  startedAt: number;
  serves: boolean;
  /** The reason that the process gave for a failed start. */
  reason: string | undefined;
}

type Addresses = Record<string, string>;

const pauseMsMin = 200;
const pauseMsMax = 15_000;
/** A process that ran this long before its exit is replaced after the shortest pause. */
const healthyMs = 60_000;

/** The processes that serve requests. A process that exits without a stop is replaced, after a pause that doubles. */
export class Children {
  readonly count: number;
  stopping = false;
  private readonly options: ChildrenOptions;
  private readonly requests = createChildRequests();
  private readonly alive = new Map<number, Child>();
  private started = false;
  private pauseMs = pauseMsMin;
  private onAllGone = () => {};

  constructor(options: ChildrenOptions) {
    this.options = options;
    this.count = options.count;
    // All processes accept from one socket: the kernel gives a connection to an idle process, without the primary.
    cluster.schedulingPolicy = cluster.SCHED_NONE;
  }

  /**
   * Resolves with the shared addresses when all serve.
   * Throws the reason of a process that cannot; then call `stop`.
   */
  async start(): Promise<Addresses> {
    const [addresses = {}] = await Promise.all(Array.from({ length: this.count }, () => this.fork()));
    this.started = true;
    return addresses;
  }

  /** Stops all processes within their grace. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.stopping = true;
    const gone = new Promise<void>((resolve) => (this.onAllGone = resolve));
    for (const { worker, serves } of this.alive.values()) {
      if (serves) worker.send({ type: 'stop' } satisfies MessageToProcess, () => {});
      else worker.process.kill('SIGTERM'); // it may not listen to messages yet
    }
    if (this.alive.size > 0) await gone;
  }

  /** Kills all processes at once. */
  kill(): void {
    for (const { worker } of this.alive.values()) worker.process.kill('SIGKILL');
  }

  /** Requests an operations path of each process that serves. */
  request(path: string, query = ''): Promise<ChildAnswer[]> {
    const serving = [...this.alive].filter(([, child]) => child.serves);
    return Promise.all(
      serving.map(async ([pid, { worker }]) => ({ pid, answer: await this.requests.request(worker, path, query) })),
    );
  }

  private fork(): Promise<Addresses> {
    const worker = cluster.fork();
    const { pid } = worker.process;
    const child: Child = { worker, startedAt: Date.now(), serves: false, reason: undefined };
    if (pid !== undefined) this.alive.set(pid, child);
    this.reportChange();
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromChild) => {
        this.requests.receive(message);
        if (message.type === 'failed') child.reason = message.reason;
        if (message.type !== 'ready') return;
        child.serves = true;
        resolve(message.addresses);
      });
      const onEnd = (how: string) => {
        reject(new Error(child.reason ?? `a process of the API ended (${how}) before it was ready`));
        this.onExit(pid, child, how);
      };
      worker.once('exit', (code: number, signal: string) => {
        const end = () => onEnd(signal || `code ${code}`);
        if (worker.isConnected())
          worker.once('disconnect', end); // its last messages may still arrive
        else end();
      });
      worker.on('error', (error) => pid === undefined && onEnd(error.message)); // the process could not be created
    });
  }

  private onExit(pid: number | undefined, { startedAt, reason }: Child, how: string): void {
    if (pid !== undefined) this.alive.delete(pid);
    this.reportChange();
    if (this.alive.size === 0) this.onAllGone();
    if (this.stopping || !this.started) return;
    if (Date.now() - startedAt > healthyMs) this.pauseMs = pauseMsMin;
    const { pauseMs } = this;
    this.options.log.error({ ended: pid, how, reason, pauseMs }, 'a process of the API ended and will be replaced');
    setTimeout(() => this.replace(), pauseMs);
    this.pauseMs = Math.min(2 * pauseMs, pauseMsMax);
  }

  private replace(): void {
    if (this.stopping) return;
    const onReady = () => this.options.log.info({ outage: 'over' }, 'a process of the API was replaced');
    this.fork().then(onReady, () => {}); // a failure is logged by onExit
  }

  private reportChange(): void {
    this.options.onChange([...this.alive.keys()]);
  }
}
