/** The time after which work on many items pauses, in milliseconds. */
const sliceMs = 5;
/** Shorter lists begin at once. */
const itemsAtOnce = 10;

let last = Promise.resolve();

/**
 * Runs synchronous work in a turn of the event loop that no other such work has.
 * Between two of them the loop serves the requests of other tenants, however many calls wait here.
 */
export function inOwnTurn<T>(work: () => T): Promise<T> {
  const turn = last.then(() => new Promise<void>((resolve) => void setImmediate(resolve)));
  last = turn;
  return turn.then(work);
}

/** Returns a function that waits for a turn of its own once the work since its last pause took too long. */
export function createSlices(): () => Promise<void> {
  let until = performance.now() + sliceMs;
  return async () => {
    if (performance.now() < until) return;
    await inOwnTurn(() => {
      until = performance.now() + sliceMs;
    });
  };
}

/** Maps a list in slices: a list of a thousand items does not block the event loop for longer than one slice. */
export async function mapInSlices<T, R>(items: readonly T[], map: (item: T, index: number) => R): Promise<R[]> {
  const results: R[] = [];
  if (items.length > itemsAtOnce) await inOwnTurn(() => {});
  const pause = createSlices();
  for (const [index, item] of items.entries()) {
    await pause();
    results.push(map(item, index));
  }
  return results;
}
