import type { AttemptEnd } from '@turno/postgres';
import type { Log } from '@turno/runtime';

/** The results that handlers returned and Postgres has not stored yet. */
export interface UnsavedResults {
  /** Counts a result until the returned function is called. */
  add(end: AttemptEnd): () => void;
  /** Resolves once the unsaved results are below the bound. Await it before claiming work. */
  waitForCapacity(): Promise<void>;
}

/** What an unsaved result costs beside its output: with it even ends without an output reach the bound. */
const bytesOfEnd = 1_000;

/**
 * Creates the backpressure on claims: workers stop claiming while too many results are unsaved.
 * This happens while Postgres is away or slow. `bytesMax` counts the results' JSON and
 * a fixed size for each. Attempts that run when the bound is reached still add theirs, so the most is the bound and one
 * output per slot. No result is dropped.
 */
export function createUnsavedResults({ bytesMax, log }: { bytesMax: number; log: Log }): UnsavedResults {
  let bytes = 0;
  const waiting: (() => void)[] = [];
  return {
    add({ output }) {
      const size = bytesOfEnd + (output === null ? 0 : Buffer.byteLength(output));
      bytes += size;
      return () => {
        bytes -= size;
        if (bytes >= bytesMax) return;
        if (waiting.length > 0) log.info({ bytes, outage: 'over' }, 'results were stored; work is claimed again');
        for (const resume of waiting.splice(0)) resume();
      };
    },
    async waitForCapacity() {
      while (bytes >= bytesMax) {
        if (waiting.length === 0)
          log.warn({ bytes, bytesMax }, 'results wait for Postgres; no work is claimed until they are stored');
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
