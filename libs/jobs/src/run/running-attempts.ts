import type { OwnedClaim } from '@turno/postgres';
import { LRUCache } from 'lru-cache';

/**
 * The reason why an attempt is stopped.
 * Its code becomes the failure's code where a failure is written.
 */
export interface StopReason {
  code: 'cancelled' | 'lost-ticket' | 'shutdown' | 'timeout';
  message: string;
}

/** The attempts of this process, which can be stopped by job, by claim or all at once. */
export interface RunningAttempts {
  /**
   * Opens a claim, before it is sent to Postgres.
   * Call the returned function once the attempt's end is written.
   */
  openClaim(claim: string): () => void;
  /** Returns all open claims. A running job of this worker whose claim is not open is orphaned. */
  openClaims(): ReadonlySet<string>;
  /** Resolves when no claim is open. */
  whenNoneIsOpen(): Promise<void>;
  /** Adds an attempt. Its signal aborts when the attempt is stopped. Call `end` when the attempt is over. */
  begin(claim: OwnedClaim): { signal: AbortSignal; stop: (reason: StopReason) => void; end: () => void };
  /** Returns the claims of all attempts between `begin` and `end`. */
  runningClaims(): OwnedClaim[];
  /**
   * Stops the job's attempts up to this ticket.
   * An attempt with a later ticket belongs to a later run and goes on.
   */
  stopJob(ended: { jobId: string; ticket: number }, reason: StopReason): void;
  stopClaim(claim: string, reason: StopReason): void;
  /** Stops all attempts, and each that begins later. */
  stopAll(reason: StopReason): void;
}

/** A stop may arrive before the reply to its claim: this many of the latest stops are remembered. */
const stopsMax = 1_000;

/** Creates the registry of a worker's attempts. */
export function createRunningAttempts(): RunningAttempts {
  const running = new Map<string, { owned: OwnedClaim; controller: AbortController }>();
  const open = new Set<string>();
  const stops = new LRUCache<string, { ticket: number; reason: StopReason }>({ max: stopsMax });
  let allStopped: StopReason | undefined;
  const waiting: (() => void)[] = [];
  const stopWhere = (matches: (owned: OwnedClaim) => boolean, reason: StopReason) => {
    for (const { owned, controller } of running.values()) if (matches(owned)) controller.abort(reason);
  };
  return {
    openClaim(claim) {
      open.add(claim);
      return () => {
        open.delete(claim);
        if (open.size === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
    openClaims: () => open,
    whenNoneIsOpen: () => new Promise((resolve) => (open.size === 0 ? resolve() : waiting.push(resolve))),
    begin(owned) {
      const controller = new AbortController();
      running.set(owned.claim, { owned, controller });
      const stopped = stops.get(owned.jobId);
      if (allStopped !== undefined) controller.abort(allStopped);
      if (stopped !== undefined && owned.ticket <= stopped.ticket) controller.abort(stopped.reason);
      return {
        signal: controller.signal,
        stop: (reason) => controller.abort(reason),
        end: () => void running.delete(owned.claim),
      };
    },
    runningClaims: () => [...running.values()].map(({ owned }) => owned),
    stopJob({ jobId, ticket }, reason) {
      stops.set(jobId, { ticket: Math.max(ticket, stops.get(jobId)?.ticket ?? 0), reason });
      stopWhere((owned) => owned.jobId === jobId && owned.ticket <= ticket, reason);
    },
    stopClaim: (claim, reason) => stopWhere((owned) => owned.claim === claim, reason),
    stopAll(reason) {
      allStopped = reason;
      stopWhere(() => true, reason);
    },
  };
}
