import type { Sql } from 'postgres';

/** A claim that a worker believes to hold. */
export interface OwnedClaim {
  jobId: string;
  ticket: number;
  claim: string;
}

/** Makes a worker known, with its first lease. */
export async function takeLease(sql: Sql, worker: string, leaseMs: number): Promise<void> {
  await sql`INSERT INTO workers (id, lease_until)
    VALUES (${worker}, now() + ${leaseMs}::float8 * interval '1 millisecond')`;
}

/**
 * Renews a lease. False says that it is lost: the others have taken it, and this worker's jobs with it. One that merely ran
 * out while nobody looked, such as in an outage of Postgres, is renewed like any other.
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
 * Takes away the leases that have run out, after which `requeueJobs` finds their jobs. Takes none while nobody could have renewed:
 * the server itself must have been up for a full lease, and so must the renewals of `rescuer`, who asks, without a gap of half a
 * lease. The statement itself looks at both, since in an outage it may wait and be carried out when all others are late too.
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

/** Gives a lease up at the end of a process, so that nobody waits for it to run out. */
export async function dropLease(sql: Sql, worker: string): Promise<void> {
  await sql`DELETE FROM workers WHERE id = ${worker}`;
}

/**
 * Which of these claims are not current any more: cancelled, rescued or finished by another. One whose row is still queued
 * under its ticket is current, a crash of the server took only the record of it.
 */
export async function findLostClaims(sql: Sql, held: readonly OwnedClaim[]): Promise<Set<string>> {
  const rows = await sql<{ claim: string }[]>`
    SELECT h.claim FROM unnest(${held.map((one) => one.jobId)}::text[], ${held.map((one) => one.ticket)}::int[],
      ${held.map((one) => one.claim)}::text[]) AS h (job_id, ticket, claim)
    WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = h.job_id AND j.ticket = h.ticket
      AND (j.state = 'queued' OR (j.state = 'running' AND j.claim = h.claim)))`;
  return new Set(rows.map((row) => row.claim));
}
