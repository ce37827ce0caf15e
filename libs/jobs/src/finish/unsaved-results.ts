import type { AttemptEnd } from '@turno/postgres';
import type { Log } from '@turno/runtime';

/** Results that handlers have given and Postgres has not taken yet. */
export interface UnsavedResults {
  /** Counts one until the returned function is called. */
  add(end: AttemptEnd): () => void;
  /** Resolves as soon as less is kept than the bound: only then may new work begin. Nothing that was made is ever dropped. */
  waitForCapacity(): Promise<void>;
}

/**
 * Bounds what results may take in memory while Postgres is away or slow, in bytes of their JSON. What runs already when the bound is
 * reached is kept as well, so the most is the bound and one output for each slot.
 */
export function createUnsavedResults({ bytesMax, log }: { bytesMax: number; log: Log }): UnsavedResults {
  let bytes = 0;
  const waiting: (() => void)[] = [];
  return {
    add({ output }) {
      const size = output === null ? 0 : Buffer.byteLength(output);
      bytes += size;
      return () => {
        bytes -= size;
        if (bytes >= bytesMax) return;
        for (const go of waiting.splice(0)) go();
      };
    },
    async waitForCapacity() {
      while (bytes >= bytesMax) {
        if (waiting.length === 0)
          log.warn({ bytes }, 'results wait for Postgres up to the bound, no new work is begun');
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}
