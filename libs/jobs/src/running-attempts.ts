import type { HeldClaim } from '@turno/postgres';

/** Why an attempt is stopped from outside. Its reason becomes the failure's code where one is written. */
export interface StopReason {
  code: 'cancelled' | 'lost-ticket' | 'shutdown' | 'timeout';
  message: string;
}

/** The attempts of this process, so that they can be stopped by job, by claim or all at once. */
export interface RunningAttempts {
  /** Adds an attempt; its signal aborts when somebody stops it. Call `end` when it is over. */
  begin(held: HeldClaim): { signal: AbortSignal; stop: (reason: StopReason) => void; end: () => void };
  stopJob(jobId: string, reason: StopReason): void;
  stopClaim(claim: string, reason: StopReason): void;
  stopAll(reason: StopReason): void;
  held(): HeldClaim[];
}

export function createRunningAttempts(): RunningAttempts {
  const running = new Map<string, { held: HeldClaim; controller: AbortController }>();
  const stopWhere = (matches: (held: HeldClaim) => boolean, reason: StopReason) => {
    for (const { held, controller } of running.values()) if (matches(held)) controller.abort(reason);
  };
  return {
    begin(held) {
      const controller = new AbortController();
      running.set(held.claim, { held, controller });
      return {
        signal: controller.signal,
        stop: (reason) => controller.abort(reason),
        end: () => void running.delete(held.claim),
      };
    },
    stopJob: (jobId, reason) => stopWhere((held) => held.jobId === jobId, reason),
    stopClaim: (claim, reason) => stopWhere((held) => held.claim === claim, reason),
    stopAll: (reason) => stopWhere(() => true, reason),
    held: () => [...running.values()].map(({ held }) => held),
  };
}
