import type { OwnedClaim } from '@turno/postgres';
import { LRUCache } from 'lru-cache';

/** Why an attempt is stopped from outside. Its reason becomes the failure's code where one is written. */
export interface StopReason {
  code: 'cancelled' | 'lost-ticket' | 'shutdown' | 'timeout';
  message: string;
}

/** The attempts of this process, so that they can be stopped by job, by claim or all at once. */
export interface RunningAttempts {
  /** Notes a claim before it is asked for. Call the function it returns when its end is written, or it will never be ours. */
  take(claim: string): () => void;
  /** The claims that were taken and not let go. */
  inHand(): ReadonlySet<string>;
  /** Adds an attempt; its signal aborts when somebody stops it. Call `end` when it is over. */
  begin(held: OwnedClaim): { signal: AbortSignal; stop: (reason: StopReason) => void; end: () => void };
  /** Stops the attempts of a job up to this ticket. A later one belongs to a run that the stop does not mean. */
  stopJob(ended: { jobId: string; ticket: number }, reason: StopReason): void;
  stopClaim(claim: string, reason: StopReason): void;
  /** Also those that begin after it. */
  stopAll(reason: StopReason): void;
  held(): OwnedClaim[];
}

/** A stop may come before the reply to the claim that it ends: this many of the latest are remembered for that. */
const stopsRemembered = 1_000;

export function createRunningAttempts(): RunningAttempts {
  const running = new Map<string, { held: OwnedClaim; controller: AbortController }>();
  const inHand = new Set<string>();
  const stops = new LRUCache<string, { ticket: number; reason: StopReason }>({ max: stopsRemembered });
  let allStopped: StopReason | undefined;
  const stopWhere = (matches: (held: OwnedClaim) => boolean, reason: StopReason) => {
    for (const { held, controller } of running.values()) if (matches(held)) controller.abort(reason);
  };
  return {
    take(claim) {
      inHand.add(claim);
      return () => void inHand.delete(claim);
    },
    inHand: () => inHand,
    begin(held) {
      const controller = new AbortController();
      running.set(held.claim, { held, controller });
      const stopped = stops.get(held.jobId);
      if (allStopped !== undefined) controller.abort(allStopped);
      if (stopped !== undefined && held.ticket <= stopped.ticket) controller.abort(stopped.reason);
      return {
        signal: controller.signal,
        stop: (reason) => controller.abort(reason),
        end: () => void running.delete(held.claim),
      };
    },
    stopJob({ jobId, ticket }, reason) {
      stops.set(jobId, { ticket: Math.max(ticket, stops.get(jobId)?.ticket ?? 0), reason });
      stopWhere((held) => held.jobId === jobId && held.ticket <= ticket, reason);
    },
    stopClaim: (claim, reason) => stopWhere((held) => held.claim === claim, reason),
    stopAll(reason) {
      allStopped = reason;
      stopWhere(() => true, reason);
    },
    held: () => [...running.values()].map(({ held }) => held),
  };
}
