/** A value, or the promise of one. It is a value when the answer was in memory. */
export type MaybeReady<T> = T | Promise<T>;

/**
 * Applies `next` to a value: at once, or when its promise resolves.
 * For code that runs for each request: an `await` takes a promise and a turn of the microtask queue even for a value.
 * Throws what `next` throws when the value is there.
 */
export function whenReady<T, R>(value: MaybeReady<T>, next: (value: T) => MaybeReady<R>): MaybeReady<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
