export interface LoginThrottle {
  /** Seconds this address has to wait before its next try is looked at; 0 when it may try now. */
  waitSeconds(address: string): number;
  failed(address: string): void;
  succeeded(address: string): void;
}

interface Failures {
  count: number;
  blockedUntil: number;
  forgetAt: number;
}

const freeFailures = 5;
const waitMsMax = 60_000;
const forgetMs = 15 * 60_000;
const addressesMax = 10_000;

/**
 * Slows the guessing of passwords: five failures are free, then each one doubles the wait from 1 s to 60 s. An address is
 * forgotten after a success or 15 quiet minutes; the one that failed longest ago makes room when 10,000 are known.
 */
export function createLoginThrottle(now: () => number = Date.now): LoginThrottle {
  const records = new Map<string, Failures>();
  const current = (address: string) => {
    const record = records.get(address);
    if (record && record.forgetAt <= now()) records.delete(address);
    return records.get(address);
  };
  return {
    waitSeconds: (address) => Math.max(0, Math.ceil(((current(address)?.blockedUntil ?? 0) - now()) / 1_000)),
    failed(address) {
      const count = (current(address)?.count ?? 0) + 1;
      const waitMs = count < freeFailures ? 0 : Math.min(waitMsMax, 1_000 * 2 ** (count - freeFailures));
      // Taken out first, so that the map stays in the order of the last failure.
      records.delete(address);
      records.set(address, { count, blockedUntil: now() + waitMs, forgetAt: now() + forgetMs });
      const [oldest] = records.keys();
      if (records.size > addressesMax && oldest !== undefined) records.delete(oldest);
    },
    succeeded: (address) => void records.delete(address),
  };
}
