import type { JobState } from '@turno/contract';
import type { Sql } from 'postgres';
import type { Gate } from './insert-jobs.ts';
import { idOf, type NewReusableResult, type Submission } from './submission.ts';

/** The job whose result identical work may reuse. */
export interface FoundReusableResult {
  jobId: string;
  /** Null: the job was erased. */
  state: JobState | null;
  /** Since the job became final; null before. */
  ageSeconds: number | null;
  /** A completed job from before this one. */
  earlier: { jobId: string; ageSeconds: number } | null;
}

export interface Work {
  tenantId: string;
  /** Hexadecimal. */
  workSha256: string;
}

/** Finds the reusable result of a piece of work. */
export async function findReusableResult(
  sql: Sql,
  { tenantId, workSha256 }: Work,
): Promise<FoundReusableResult | undefined> {
  const [row] = await sql<FoundReusableResult[]>`
    SELECT m.job_id AS "jobId", j.state, extract(epoch FROM now() - j.finished_at)::float8 AS "ageSeconds",
      CASE WHEN e.id IS NOT NULL THEN json_build_object(
        'jobId', e.id, 'ageSeconds', extract(epoch FROM now() - e.finished_at)) END AS earlier
    FROM reusable_results m LEFT JOIN jobs j ON j.id = m.job_id
    LEFT JOIN jobs e ON e.id = m.earlier_job_id AND e.state = 'completed'
    WHERE m.tenant_id = ${tenantId} AND m.work_sha256 = decode(${workSha256}, 'hex')`;
  return row;
}

/** Deletes reusable results older than the retention whose job was erased; returns how many. */
export async function purgeReusableResults(sql: Sql, retentionDays: number, rowsMax: number): Promise<number> {
  const { count } = await sql`
    DELETE FROM reusable_results WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM reusable_results m
        WHERE created_at < now() - ${retentionDays}::float8 * interval '1 day'
        AND NOT EXISTS (SELECT FROM jobs WHERE id = m.job_id)
      ORDER BY created_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED))`;
  return count;
}

export type Reusable = Submission & { reusable: NewReusableResult };

/**
 * Inserts a job only when it becomes the reusable result of its work: there was none, or still the one that the submit
 * found and could not use. `reuse_lost` has the other jobs. Rows are written in the order of the work, so that no two
 * statements wait for each other.
 */
export function reuseGate(sql: Sql, reusable: readonly Reusable[]): Gate {
  return {
    parts: sql`reuse_given AS MATERIALIZED (
      SELECT * FROM unnest(
        ${reusable.map((submission) => submission.tenantId)}::text[],
        ${reusable.map(({ reusable: { workSha256 } }) => workSha256)}::text[], ${reusable.map(idOf)}::text[],
        ${reusable.map(({ reusable: { replaces } }) => replaces)}::text[],
          ${reusable.map(({ reusable: { earlierJobId } }) => earlierJobId)}::text[]
      ) AS m (tenant_id, work, id, replaces, earlier_job_id)
    ), reuse_won AS (
      INSERT INTO reusable_results AS m (tenant_id, work_sha256, job_id, earlier_job_id)
      SELECT DISTINCT ON (tenant_id COLLATE "C", work COLLATE "C") tenant_id, decode(work, 'hex'), id, earlier_job_id
        FROM reuse_given
      ORDER BY tenant_id COLLATE "C", work COLLATE "C", id
      ON CONFLICT (tenant_id, work_sha256) DO UPDATE SET job_id = excluded.job_id,
        earlier_job_id = excluded.earlier_job_id, created_at = now()
      WHERE m.job_id = excluded.job_id
        OR m.job_id = (SELECT g.replaces FROM reuse_given g WHERE g.id = excluded.job_id)
      RETURNING m.job_id AS id
    ), reuse_lost AS MATERIALIZED (
      SELECT id FROM reuse_given WHERE id NOT IN (SELECT id FROM reuse_won)
    ),`,
    condition: sql`g.id NOT IN (SELECT id FROM reuse_lost)`,
  };
}
