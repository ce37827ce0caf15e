import type { Log } from './log.ts';

export interface Closers {
  /** Registers what must be closed at the end. Closed in reverse order of registering. */
  add(name: string, close: () => Promise<unknown> | unknown): void;
  /** Closes everything once, all of it within about `timeoutMs`; a closer that fails or hangs is logged and passed over. */
  closeAll(timeoutMs?: number): Promise<void>;
}

/** What each closer gets when those before it have used up the time. */
const leastMs = 100;

export function createClosers(log: Log): Closers {
  const stack: { name: string; close: () => Promise<unknown> | unknown }[] = [];
  return {
    add: (name, close) => void stack.push({ name, close }),
    async closeAll(timeoutMs = 5_000) {
      const until = Date.now() + timeoutMs;
      for (let entry = stack.pop(); entry; entry = stack.pop()) {
        const { name, close } = entry;
        try {
          await within(Math.max(leastMs, until - Date.now()), Promise.resolve(close()));
        } catch (error) {
          log.warn({ err: error, closing: name }, 'could not be closed cleanly');
        }
      }
    },
  };
}

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
