import type { Log } from './log.ts';

export interface Repeated {
  /** Does the work soon, also when its time has not come. */
  soon(): void;
  /** Resolves when no work is under way and none will start. */
  stop(): Promise<void>;
}

/** Runs `work` again and again, never twice at once, with a pause in between that varies by a tenth. */
export function repeat(log: Log, everyMs: number, work: () => Promise<void>): Repeated {
  let stopped = false;
  let again = false;
  let failing = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout;
  schedule(everyMs);

  function schedule(inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(start, inMs * (0.9 + Math.random() * 0.2));
  }

  function start(): void {
    again = false;
    running = work()
      .then(
        () => {
          failing = false;
        },
        (error: unknown) => {
          // An outage of a store fails every round: once is news.
          log[failing ? 'debug' : 'warn']({ err: error }, 'a sweep failed, it is tried again');
          failing = true;
        },
      )
      .finally(() => {
        running = undefined;
        if (!stopped) schedule(again ? 0 : everyMs);
      });
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
