import {
  withStatementTimeout,
  dropLease,
  findLostClaims,
  type OwnedClaim,
  type Postgres,
  renewLease,
  takeLease,
} from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';

export interface LeaseOptions {
  worker: string;
  /** Without a renewal for so long the other workers take this one's jobs. */
  leaseMs: number;
  renewEveryMs: number;
}

export interface Lease {
  stop(): Promise<void>;
}

export interface LeaseDeps {
  sql: Postgres['sql'];
  log: Log;
  /** The attempts that run here. */
  held: () => OwnedClaim[];
  /** Stops an attempt whose job belongs to somebody else by now, or is over. */
  abandon: (claim: string) => void;
}

/**
 * Holds this worker's lease, and finds attempts that lost their job by the way. Not reaching Postgres is no loss: only a
 * renewal that succeeds can say that the lease is gone, and then all attempts are given up and a new one is taken.
 */
export async function renewLeaseRegularly(
  deps: LeaseDeps,
  { worker, leaseMs, renewEveryMs }: LeaseOptions,
): Promise<Lease> {
  const { sql, log, held, abandon } = deps;
  await takeLease(sql, worker, leaseMs);
  const renewing = repeat(log, { task: 'renew-lease', everyMs: renewEveryMs }, async () => {
    if (!(await withStatementTimeout(leaseMs / 3, renewLease(sql, worker, leaseMs)))) {
      log.warn({ attempts: held().length }, 'the lease was lost, giving up what runs here');
      for (const { claim } of held()) abandon(claim);
      await takeLease(sql, worker, leaseMs);
    }
    const claims = held();
    if (claims.length > 0) for (const claim of await findLostClaims(sql, claims)) abandon(claim);
  });
  return {
    async stop() {
      await renewing.stop();
      await dropLease(sql, worker);
    },
  };
}
