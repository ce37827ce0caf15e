import { Problem } from '@turno/contract';

/** The event stream slots of each API key in this process. */
export interface StreamSlots {
  /** Takes a slot until the returned function is called. Throws `too-many-streams`. */
  take(keyId: string): () => void;
}

/** A guess: the end of another stream cannot be predicted. */
const retryAfterSeconds = 5;

/** Creates the slots, `perKeyMax` per API key. */
export function createStreamSlots(perKeyMax: number): StreamSlots {
  const taken = new Map<string, number>();
  return {
    take(keyId) {
      const count = taken.get(keyId) ?? 0;
      if (count >= perKeyMax) {
        const detail = `This API key has ${count} event streams open, its limit. Close one, or poll the job instead.`;
        throw new Problem('too-many-streams', { detail, retryAfterSeconds });
      }
      taken.set(keyId, count + 1);
      return () => {
        const left = (taken.get(keyId) ?? 1) - 1;
        if (left === 0) taken.delete(keyId);
        else taken.set(keyId, left);
      };
    },
  };
}
