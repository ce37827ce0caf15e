import type { Log } from '../process/log.ts';
import { withTimeout } from './with-timeout.ts';

export interface Repeated {
  /** Starts the next round soon, before its time. */
  soon(): void;
  /** Plans a round if `isDue` left none planned: at once, or `everyMs` after the last one. */
  wake(): void;
  /** Stops the repetition. Resolves when no round runs any more. */
  stop(): Promise<void>;
}

export interface RepeatOptions {
  /** The task's name in log lines. */
  task: string;
  /** The pause between two rounds, in milliseconds; it varies by a tenth. A function is called after each round. */
  everyMs: number | (() => number);
  /** While it returns false no round is planned, and no timer runs: call `wake` or `soon` when there is work. */
  isDue?: () => boolean;
}

/**
 * A round that has not ended by then is abandoned.
 * It may wait for an answer that never comes, and would block all later rounds.
 */
const roundTimeoutMs = 60_000;

const warnEveryMs = 60_000;

/**
 * Runs `work` again and again, never twice at once except beside an abandoned round.
 * A failed round is logged and the next one follows; a task that fails in every round is a warning once a minute, and
 * its first success is logged.
 */
export function repeat(
  log: Log,
  { task, everyMs, isDue = () => true }: RepeatOptions,
  work: () => Promise<void>,
): Repeated {
  let stopped = false;
  let again = false;
  let warnedAt: number | undefined;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let endedAtMs = performance.now();
  const pauseMs = () => (typeof everyMs === 'number' ? everyMs : everyMs());
  planNext();

  function planNext(): void {
    if (isDue()) plan(pauseMs());
  }

  function plan(inMs: number): void {
    clearTimeout(timer);
    timer = setTimeout(start, inMs * (0.9 + Math.random() * 0.2));
  }

  function start(): void {
    timer = undefined;
    again = false;
    running = withTimeout(roundTimeoutMs, work(), throwAbandoned)
      .then(logRecovery, logFailure)
      .finally(() => {
        running = undefined;
        endedAtMs = performance.now();
        if (stopped) return;
        if (again) plan(0);
        else planNext();
      });
  }

  /** An outage of a store fails every round of every task, so that repeated failures go to the debug level. */
  function logFailure(error: unknown): void {
    const warns = warnedAt === undefined || performance.now() - warnedAt >= warnEveryMs;
    if (warns) warnedAt = performance.now();
    log[warns ? 'warn' : 'debug']({ err: error, task }, `${task} failed and will be tried again`);
  }

  function logRecovery(): void {
    if (warnedAt !== undefined) log.info({ task, outage: 'over' }, `${task} succeeds again`);
    warnedAt = undefined;
  }

  return {
    soon() {
      if (running !== undefined) again = true;
      else if (!stopped) plan(0);
    },
    wake() {
      if (running !== undefined || timer !== undefined || stopped) return;
      plan(Math.max(0, endedAtMs + pauseMs() - performance.now()));
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

function throwAbandoned(): never {
  throw new Error(`the round was abandoned after ${roundTimeoutMs / 1_000} s without an end`);
}
