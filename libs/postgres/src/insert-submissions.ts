import type { Sql } from 'postgres';
import { toArrayLiteral } from './array-literal.ts';
import { completeWritten, type Gate, type InsertedJob, insertJobs, type NewJob, writeJobs } from './insert-jobs.ts';

/** The jobs of one request: all of them are made, or none. */
export interface Submission {
  tenantId: string;
  /** At least one; the first one's id stands for the submission. */
  jobs: readonly NewJob[];
  /** Null: every repeat of the request is a new one. */
  key: RequestKey | null;
}

/** What makes the repeat of a request known. */
export interface RequestKey {
  text: string;
  /** Hexadecimal, of what must be the same in a repeat. */
  requestSha256: string;
}

/** `replayed`: an earlier request with this key made these jobs. `mismatched`: it was another request. */
export type Submitted =
  { outcome: 'inserted'; jobs: InsertedJob[] } | { outcome: 'replayed'; jobIds: string[] } | { outcome: 'mismatched' };

type Keyed = Submission & { key: RequestKey };

/**
 * Commits many submissions by one statement, each with its key or not at all, and answers in their order. Of equal keys, in
 * this statement or in any other process, exactly one gets its jobs. Safe to repeat: a key that this very submission has
 * written is its own.
 */
export async function insertSubmissions(sql: Sql, submissions: readonly Submission[]): Promise<Submitted[]> {
  const keyed = submissions.filter((submission): submission is Keyed => submission.key !== null);
  const jobs = submissions.flatMap((submission) => submission.jobs);
  if (keyed.length === 0) return inTurn(submissions, new Map(), await insertJobs(sql, jobs));
  const written = await writeJobs(sql, jobs, keyGate(sql, keyed));
  const unwritten = keyed.filter((submission) => !written.has(idOf(submission)));
  const holders = await findHolders(sql, unwritten);
  // Gone between the two statements: it has just been purged.
  if (unwritten.some((submission) => !holders.has(nameOf(submission)))) return insertSubmissions(sql, submissions);
  const own = submissions.filter((submission) => !lostTo(holders, submission)).flatMap((submission) => submission.jobs);
  return inTurn(submissions, holders, await completeWritten(sql, { jobs: own, written }));
}

/** Erases keys older than `hours`, oldest first; returns how many. */
export async function purgeIdempotencyKeys(sql: Sql, hours: number, rowsMax: number): Promise<number> {
  const { count } = await sql`
    DELETE FROM idempotency_keys WHERE (tenant_id, key) IN (
      SELECT tenant_id, key FROM idempotency_keys WHERE created_at < now() - ${hours}::float8 * interval '1 hour'
      ORDER BY created_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED)`;
  return count;
}

/** Keys are inserted in their order, so that two statements with the same ones never wait for each other. */
function keyGate(sql: Sql, keyed: readonly Keyed[]): Gate {
  return {
    parts: sql`keys AS MATERIALIZED (
      SELECT tenant_id, key, request_sha256, job_ids::text[] AS job_ids FROM unnest(
        ${keyed.map((submission) => submission.tenantId)}::text[],
        ${keyed.map((submission) => submission.key.text)}::text[],
        ${keyed.map((submission) => submission.key.requestSha256)}::text[],
        ${keyed.map((submission) => toArrayLiteral(submission.jobs.map((job) => job.id)))}::text[]
      ) AS k (tenant_id, key, request_sha256, job_ids)
    ), won AS (
      INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_ids)
      SELECT tenant_id, key, decode(request_sha256, 'hex'), job_ids FROM keys
      ORDER BY tenant_id COLLATE "C", key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING job_ids[1] AS id
    ),`,
    where: sql`WHERE g.id NOT IN (SELECT unnest(job_ids) FROM keys WHERE job_ids[1] NOT IN (SELECT id FROM won))`,
  };
}

interface Holder {
  tenantId: string;
  key: string;
  requestSha256: string;
  jobIds: string[];
}

/** Who has these keys. A statement of its own: the one that found them taken cannot see what was committed meanwhile. */
async function findHolders(sql: Sql, keyed: readonly Keyed[]): Promise<Map<string, Holder>> {
  if (keyed.length === 0) return new Map();
  const rows = await sql<Holder[]>`
    SELECT i.tenant_id AS "tenantId", i.key, encode(i.request_sha256, 'hex') AS "requestSha256", i.job_ids AS "jobIds"
    FROM unnest(${keyed.map((submission) => submission.tenantId)}::text[],
      ${keyed.map((submission) => submission.key.text)}::text[]) AS k (tenant_id, key)
    JOIN idempotency_keys i ON i.tenant_id = k.tenant_id AND i.key = k.key`;
  return new Map(rows.map((row) => [`${row.tenantId} ${row.key}`, row]));
}

/** The submission that has this one's key, unless it is this one itself. */
function lostTo(holders: ReadonlyMap<string, Holder>, submission: Submission): Holder | undefined {
  const holder = holders.get(nameOf(submission));
  return holder?.jobIds[0] === idOf(submission) ? undefined : holder;
}

/** Hands the jobs, which are in the order of the submissions that were not lost, to their submissions. */
function inTurn(
  submissions: readonly Submission[],
  holders: ReadonlyMap<string, Holder>,
  inserted: readonly InsertedJob[],
): Submitted[] {
  let at = 0;
  return submissions.map((submission) => {
    const holder = lostTo(holders, submission);
    if (holder === undefined) return { outcome: 'inserted', jobs: inserted.slice(at, (at += submission.jobs.length)) };
    const { requestSha256, jobIds } = holder;
    return submission.key?.requestSha256 === requestSha256
      ? { outcome: 'replayed', jobIds }
      : { outcome: 'mismatched' };
  });
}

function idOf({ jobs }: Submission): string {
  return jobs[0]?.id ?? '';
}

function nameOf({ tenantId, key }: Submission): string {
  return `${tenantId} ${key?.text ?? ''}`;
}
