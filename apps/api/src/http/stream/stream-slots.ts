import { Problem } from '@turno/contract';
import { createConnectionShares, type ShareLimits } from './connection-shares.ts';

/** The event streams that this process may have open at once. */
export interface StreamSlots {
  /** Takes a slot until the returned function is called. Throws `too-many-streams`. */
  take(tenantId: string): () => void;
}

/** A guess: the end of another stream cannot be predicted. */
const retryAfterSeconds = 5;

export function createStreamSlots(limits: ShareLimits): StreamSlots {
  const shares = createConnectionShares(limits);
  return {
    take(tenantId) {
      const release = shares.take(tenantId);
      if (typeof release === 'function') return release;
      const reason =
        release === 'tenant-full'
          ? `This tenant has ${limits.perTenantMax} event streams open, its limit. Close one`
          : `All ${limits.allMax} slots for event streams are taken. Repeat the request later`;
      throw new Problem('too-many-streams', { detail: `${reason}, or poll the job instead.`, retryAfterSeconds });
    },
  };
}
