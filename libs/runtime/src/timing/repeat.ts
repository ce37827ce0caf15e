import type { Log } from '../process/log.ts';
import { withTimeout } from './with-timeout.ts';

export interface Repeated {
  /** Does the work soon, also when its time has not come. */
  soon(): void;
  /** Resolves when no work is under way and none will start. */
  stop(): Promise<void>;
}

/** Work that has not ended by then is given up: it may hang on an answer that never comes, and nobody else would begin again. */
const workMsMax = 60_000;

export interface RepeatOptions {
  /** Its name in the log. */
  task: string;
  everyMs: number;
}

/** A task that keeps failing is logged as a warning this often. */
const tellEveryMs = 60_000;

/** Runs `work` again and again, with a pause in between that varies by a tenth, and never twice at once but for work that hangs. */
export function repeat(log: Log, { task, everyMs }: RepeatOptions, work: () => Promise<void>): Repeated {
  let stopped = false;
  let again = false;
  let toldAt: number | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout;
  schedule(everyMs);

  function schedule(inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(start, inMs * (0.9 + Math.random() * 0.2));
  }

  function start(): void {
    again = false;
    running = withTimeout(workMsMax, work(), givenUp)
      .then(() => {
        toldAt = undefined;
      }, tell)
      .finally(() => {
        running = undefined;
        if (!stopped) schedule(again ? 0 : everyMs);
      });
  }

  /** An outage of a store fails every round of every task, so most failures are logged at debug level. */
  function tell(error: unknown): void {
    const isNews = toldAt === undefined || performance.now() - toldAt >= tellEveryMs;
    if (isNews) toldAt = performance.now();
    log[isNews ? 'warn' : 'debug']({ err: error, task }, 'task failed; it is tried again');
  }

  return {
    soon() {
      if (running !== undefined) again = true;
      else if (!stopped) schedule(0);
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function givenUp(): never {
  throw new Error(`not done after ${workMsMax / 1_000} s, given up`);
}
