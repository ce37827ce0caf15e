import type { Log } from './log.ts';
import { withTimeout } from '../timing/with-timeout.ts';

export interface Closers {
  /** Registers what must be closed at the end. Closed in reverse order of registering. */
  add(name: string, close: () => Promise<unknown> | unknown): void;
  /**
   * Closes everything once, one after the other, within `timeoutMs`; what is left by then is closed all at once. A closer that fails or
   * hangs is logged and passed over.
   */
  closeAll(timeoutMs?: number): Promise<void>;
}

/**
 * What those get together for whom the ones before them have left no time. Nobody is closed alone in less: a timer may end a fraction
 * of a millisecond early, and the next in line would get just that fraction.
 */
const leastMs = 200;

interface Closer {
  name: string;
  close: () => Promise<unknown> | unknown;
}

export function createClosers(log: Log): Closers {
  const stack: Closer[] = [];
  return {
    add: (name, close) => void stack.push({ name, close }),
    async closeAll(timeoutMs = 5_000) {
      const until = performance.now() + timeoutMs;
      const late: Promise<void>[] = [];
      for (let entry = stack.pop(); entry; entry = stack.pop()) {
        const leftMs = until - performance.now();
        if (leftMs > 2 * leastMs) await end(entry, leftMs - leastMs);
        else late.push(end(entry, leastMs));
      }
      await Promise.all(late);
    },
  };

  async function end({ name, close }: Closer, withinMs: number): Promise<void> {
    try {
      await withTimeout(withinMs, Promise.resolve(close()), () => {
        throw new Error(`took longer than ${withinMs} ms`);
      });
    } catch (error) {
      log.warn({ err: error, closing: name }, 'could not be closed cleanly');
    }
  }
}
