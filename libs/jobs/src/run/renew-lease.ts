import { withStatementTimeout, dropLease, findLostClaims, type Postgres, renewLease, takeLease } from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';
import type { RunningAttempts } from './running-attempts.ts';

export interface LeaseOptions {
  worker: string;
  /** The time without a renewal after which other workers requeue this worker's jobs. */
  leaseMs: number;
  renewEveryMs: number;
  /** Between two searches for running attempts whose claim is lost, in case a notice of it is lost. */
  lostClaimsEveryMs: number;
}

export interface Lease {
  stop(): Promise<void>;
}

export interface LeaseDeps {
  sql: Postgres['sql'];
  log: Log;
  running: Pick<RunningAttempts, 'runningClaims' | 'stopClaim'>;
}

const lostTicket = { code: 'lost-ticket', message: 'The job was handed to another worker, or it is final.' } as const;

/**
 * Takes this worker's lease, renews it until stopped, and stops attempts that lost their claim.
 * An outage of Postgres does not lose the lease: only a renewal that finds no row does, and then all attempts are
 * stopped and a new lease is taken.
 */
export async function renewLeaseRegularly(
  { sql, log, running }: LeaseDeps,
  { worker, leaseMs, renewEveryMs, lostClaimsEveryMs }: LeaseOptions,
): Promise<Lease> {
  await takeLease(sql, worker, leaseMs);
  const renewing = repeat(log, { task: 'renew-lease', everyMs: renewEveryMs }, async () => {
    if (!(await withStatementTimeout(leaseMs / 3, renewLease(sql, worker, leaseMs)))) {
      const claims = running.runningClaims();
      log.warn({ worker, attempts: claims.length }, 'lease lost; all attempts are stopped and a new lease is taken');
      for (const { claim } of claims) running.stopClaim(claim, lostTicket);
      await takeLease(sql, worker, leaseMs);
    }
  });
  const checking = repeat(log, { task: 'find-lost-claims', everyMs: lostClaimsEveryMs }, async () => {
    const claims = running.runningClaims();
    if (claims.length === 0) return;
    for (const claim of await findLostClaims(sql, claims)) running.stopClaim(claim, lostTicket);
  });
  return {
    async stop() {
      await Promise.all([renewing.stop(), checking.stop()]);
      await dropLease(sql, worker);
    },
  };
}
