import type { Sql } from 'postgres';

/** A claim of a worker, which may be stale. */
export interface OwnedClaim {
  jobId: string;
  ticket: number;
  claim: string;
}

/** Inserts a worker with its first lease. */
export async function takeLease(sql: Sql, worker: string, leaseMs: number): Promise<void> {
  await sql`INSERT INTO workers (id, lease_until)
    VALUES (${worker}, now() + ${leaseMs}::float8 * interval '1 millisecond')`;
}

/**
 * Renews a lease. Returns false when it is lost: other workers have taken it, and this worker's jobs. A lease that
 * expired while no worker could take it, such as in an outage of Postgres, is renewed like any other.
 */
export async function renewLease(sql: Sql, worker: string, leaseMs: number): Promise<boolean> {
  const rows = await sql`
    UPDATE workers SET lease_until = now() + ${leaseMs}::float8 * interval '1 millisecond',
      unbroken_since = CASE WHEN lease_until < now() + ${leaseMs / 2}::float8 * interval '1 millisecond' THEN now()
        ELSE unbroken_since END
    WHERE id = ${worker} RETURNING id`;
  return rows.length > 0;
}

/**
 * Deletes expired leases and returns their workers; `requeueJobs` then finds the workers' jobs. Deletes none while no
 * worker could have renewed: the server must have been up for a full lease, and the calling worker `rescuer` must have
 * renewed for a full lease without a gap of half a lease. The statement checks both itself, since in an outage it may
 * wait and run when all other renewals are late too.
 */
export async function takeExpiredLeases(sql: Sql, rescuer: string, leaseMs: number): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`
    DELETE FROM workers WHERE lease_until < now()
      AND EXISTS (SELECT FROM workers own WHERE own.id = ${rescuer}
        AND own.lease_until > now() + ${leaseMs / 2}::float8 * interval '1 millisecond'
        AND own.unbroken_since < now() - ${leaseMs}::float8 * interval '1 millisecond')
      AND pg_postmaster_start_time() < now() - ${leaseMs}::float8 * interval '1 millisecond'
    RETURNING id`;
  return rows.map((row) => row.id);
}

/** Deletes a lease when its process ends, so that no worker waits until it expires. */
export async function dropLease(sql: Sql, worker: string): Promise<void> {
  await sql`DELETE FROM workers WHERE id = ${worker}`;
}

/**
 * Finds the stale ones of these claims: their jobs were cancelled, rescued or finished by another worker. A claim whose
 * row is still queued under its ticket is current: a crash of the server lost only its record.
 */
export async function findLostClaims(sql: Sql, claims: readonly OwnedClaim[]): Promise<Set<string>> {
  const rows = await sql<{ claim: string }[]>`
    SELECT h.claim FROM unnest(${claims.map((one) => one.jobId)}::text[], ${claims.map((one) => one.ticket)}::int[],
      ${claims.map((one) => one.claim)}::text[]) AS h (job_id, ticket, claim)
    WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = h.job_id AND j.ticket = h.ticket
      AND (j.state = 'queued' OR (j.state = 'running' AND j.claim = h.claim)))`;
  return new Set(rows.map((row) => row.claim));
}
