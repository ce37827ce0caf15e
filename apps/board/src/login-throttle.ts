export interface LoginThrottle {
  /** Returns the seconds until the next login attempt of this address; 0 when it may try now. */
  waitSeconds(address: string): number;
  /** Records a failed login. */
  failed(address: string): void;
  /** Records a successful login, which resets the failures. */
  succeeded(address: string): void;
}

interface Failures {
  count: number;
  blockedUntil: number;
  expiresAt: number;
}

const freeFailures = 5;
const waitMsMax = 60_000;
const retentionMs = 15 * 60_000;
const addressesMax = 10_000;

/**
 * Creates a throttle against guessed passwords.
 * After five failures each further one doubles the wait, from 1 s to 60 s. The record of an address is dropped after a
 * success or after 15 minutes without a failure, and, beyond 10,000 records, when its last failure is the oldest.
 */
export function createLoginThrottle(now: () => number = Date.now): LoginThrottle {
  const records = new Map<string, Failures>();
  const current = (address: string) => {
    const record = records.get(address);
    if (record && record.expiresAt <= now()) records.delete(address);
    return records.get(address);
  };
  return {
    waitSeconds: (address) => Math.max(0, Math.ceil(((current(address)?.blockedUntil ?? 0) - now()) / 1_000)),
    /** Records a failed login. */
    failed(address) {
      const count = (current(address)?.count ?? 0) + 1;
      const waitMs = count < freeFailures ? 0 : Math.min(waitMsMax, 1_000 * 2 ** (count - freeFailures));
      // Deleted first, so that the map stays in the order of the last failure.
      records.delete(address);
      records.set(address, { count, blockedUntil: now() + waitMs, expiresAt: now() + retentionMs });
      const [oldest] = records.keys();
      if (records.size > addressesMax && oldest !== undefined) records.delete(oldest);
    },
    succeeded: (address) => void records.delete(address),
  };
}
