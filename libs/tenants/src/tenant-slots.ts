import { Problem } from '@turno/contract';

/** Slots of which no tenant can take all. */
export interface TenantSlots {
  /**
   * Resolves with the function that gives the slot back.
   * Throws `too-many-queries` when the tenant has its share of the slots, `queries-busy` when others have all slots.
   */
  take(tenantId: string): Promise<() => void>;
}

export interface TenantSlotsOptions {
  slotsMax: number;
  perTenantMax: number;
  /** Calls of one tenant that wait for a slot; a further call is refused at once. */
  waitingPerTenantMax: number;
  /** The longest wait for a slot. */
  waitMs: number;
}

interface Waiter {
  resolve: (release: () => void) => void;
  reject: (error: Problem) => void;
  timer: NodeJS.Timeout;
}

/**
 * Creates slots that tenants share.
 * A free slot goes to the tenants in turn: each call waits for at most one call of every other tenant.
 */
export function createTenantSlots(options: TenantSlotsOptions): TenantSlots {
  const { slotsMax, perTenantMax, waitingPerTenantMax, waitMs } = options;
  const running = new Map<string, number>();
  /** In the order in which the tenants are served. */
  const waiting = new Map<string, Waiter[]>();
  let free = slotsMax;

  const runningOf = (tenantId: string) => running.get(tenantId) ?? 0;
  const mayRun = (tenantId: string) => free > 0 && runningOf(tenantId) < perTenantMax;

  function start(tenantId: string): () => void {
    free -= 1;
    running.set(tenantId, runningOf(tenantId) + 1);
    let released = false;
    return () => {
      if (released) return;
      released = true;
      free += 1;
      if (runningOf(tenantId) > 1) running.set(tenantId, runningOf(tenantId) - 1);
      else running.delete(tenantId);
      serveNext();
    };
  }

  function serveNext(): void {
    for (const [tenantId, waiters] of waiting) {
      if (!mayRun(tenantId)) continue;
      const next = waiters.shift();
      waiting.delete(tenantId);
      if (waiters.length > 0) waiting.set(tenantId, waiters);
      if (next === undefined) continue;
      clearTimeout(next.timer);
      next.resolve(start(tenantId));
      return;
    }
  }

  function refusalOf(tenantId: string): Problem {
    return runningOf(tenantId) >= perTenantMax ? tooManyQueries(perTenantMax) : allBusy();
  }

  function wait(tenantId: string): Promise<() => void> {
    const waiters = waiting.get(tenantId) ?? [];
    if (waiters.length >= waitingPerTenantMax) return Promise.reject(refusalOf(tenantId));
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        waiters.splice(waiters.indexOf(waiter), 1);
        if (waiters.length === 0) waiting.delete(tenantId);
        reject(refusalOf(tenantId));
      };
      const waiter: Waiter = { resolve, reject, timer: setTimeout(giveUp, waitMs) };
      waiters.push(waiter);
      waiting.set(tenantId, waiters);
    });
  }

  return { take: (tenantId) => (mayRun(tenantId) ? Promise.resolve(start(tenantId)) : wait(tenantId)) };
}

/** A guess: the end of another statement cannot be predicted. */
const retryAfterSeconds = 2;

function tooManyQueries(perTenantMax: number): Problem {
  const detail =
    `This tenant already reads with ${perTenantMax} of the slots for lists, searches, counts and reports, its limit. ` +
    'Send them one after the other.';
  return new Problem('too-many-queries', { detail, retryAfterSeconds });
}

function allBusy(): Problem {
  const detail = 'Lists, searches, counts and reports of other tenants take all slots. Repeat the request later.';
  return new Problem('queries-busy', { detail, retryAfterSeconds });
}
