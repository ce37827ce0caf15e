import type { Log } from './log.ts';
import { withTimeout } from '../timing/with-timeout.ts';

/** A stack of close functions. */
export interface Closers {
  /** Registers a close function. The last one registered is closed first. */
  add(name: string, close: () => Promise<unknown> | unknown): void;
  /**
   * Closes all entries once, one after the other, within `timeoutMs` (default 5 s).
   * Entries left when the time is almost over are closed in parallel. An entry that fails or hangs is logged and
   * skipped.
   */
  closeAll(timeoutMs?: number): Promise<void>;
}

/**
 * The time that all late entries share.
 * No entry is closed alone with less than this: timers may fire a fraction of a millisecond early, and the next entry
 * would be left with that fraction.
 */
const lateCloseMs = 200;

interface Closer {
  name: string;
  close: () => Promise<unknown> | unknown;
}

/** Creates an empty stack of close functions. */
export function createClosers(log: Log): Closers {
  const stack: Closer[] = [];
  return {
    add: (name, close) => void stack.push({ name, close }),
    async closeAll(timeoutMs = 5_000) {
      const deadline = performance.now() + timeoutMs;
      const late: Promise<void>[] = [];
      for (let entry = stack.pop(); entry; entry = stack.pop()) {
        const leftMs = deadline - performance.now();
        if (leftMs > 2 * lateCloseMs) await closeOne(entry, leftMs - lateCloseMs);
        else late.push(closeOne(entry, lateCloseMs));
      }
      await Promise.all(late);
    },
  };

  async function closeOne({ name, close }: Closer, timeoutMs: number): Promise<void> {
    try {
      await withTimeout(timeoutMs, Promise.resolve(close()), () => {
        throw new Error(`${name} was not closed within ${Math.round(timeoutMs)} ms`);
      });
    } catch (error) {
      log.warn({ err: error, closing: name }, `${name} could not be closed cleanly`);
    }
  }
}
