import { Problem } from '@turno/contract';

/** How many event streams each key holds open in this process. */
export interface StreamSlots {
  /** Takes a place until the returned function is called. Throws `too-many-streams`. */
  take(keyId: string): () => void;
}

/** Nobody knows when a reader leaves; soon enough to try again. */
const retryAfterSeconds = 5;

export function createStreamSlots(perKeyMax: number): StreamSlots {
  const taken = new Map<string, number>();
  return {
    take(keyId) {
      const count = taken.get(keyId) ?? 0;
      if (count >= perKeyMax) {
        const detail = `This key has ${count} event streams open here. Close one, or poll.`;
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
