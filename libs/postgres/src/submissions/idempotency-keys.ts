import type { Fragment, Sql } from 'postgres';
import { toArrayLiteral } from '../connection/index.ts';
import type { Gate } from './insert-jobs.ts';
import type { RequestKey, Submission, Taken } from './submission.ts';

export type Keyed = Submission & { key: RequestKey };

/**
 * Inserts the jobs of submissions whose key is free. The submissions in `beforehand` (SQL, ids) get no key. Keys are
 * inserted in order, so that two statements with the same keys never wait for each other.
 */
export function keyGate(sql: Sql, keyed: readonly Keyed[], beforehand?: Fragment): Gate {
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
      ${beforehand === undefined ? sql`` : sql`WHERE job_ids[1] NOT IN (${beforehand})`}
      ORDER BY tenant_id COLLATE "C", key COLLATE "C"
      ON CONFLICT DO NOTHING
      RETURNING job_ids[1] AS id
    ),`,
    condition: sql`g.id NOT IN (SELECT unnest(job_ids) FROM keys WHERE job_ids[1] NOT IN (SELECT id FROM won))`,
  };
}

/** The request that has a key. */
export interface Holder {
  tenantId: string;
  key: string;
  requestSha256: string;
  jobIds: string[];
}

type KeyOf = Pick<Submission, 'tenantId' | 'key'>;

/**
 * Reads the holders of keys, by `keyName`. A statement of its own: the inserting statement does not see later commits.
 */
export async function findHolders(sql: Sql, keyed: readonly KeyOf[]): Promise<Map<string, Holder>> {
  if (keyed.length === 0) return new Map();
  const rows = await sql<Holder[]>`
    SELECT i.tenant_id AS "tenantId", i.key, encode(i.request_sha256, 'hex') AS "requestSha256", i.job_ids AS "jobIds"
    FROM unnest(${keyed.map(({ tenantId }) => tenantId)}::text[],
      ${keyed.map(({ key }) => key?.text ?? '')}::text[]) AS k (tenant_id, key)
    JOIN idempotency_keys i ON i.tenant_id = k.tenant_id AND i.key = k.key`;
  return new Map(rows.map((row) => [`${row.tenantId} ${row.key}`, row]));
}

/** Renders a key with its tenant. */
export function keyName({ tenantId, key }: KeyOf): string {
  return `${tenantId} ${key?.text ?? ''}`;
}

/** Returns the result of a submission whose key another one has. */
export function byHolder({ key }: Pick<Submission, 'key'>, { requestSha256, jobIds }: Holder): Taken {
  return key?.requestSha256 === requestSha256 ? { outcome: 'replayed', jobIds } : { outcome: 'mismatched' };
}

export interface KeyForJob {
  tenantId: string;
  key: RequestKey;
  jobId: string;
}

/** Records a key for a job that exists; undefined when the key was free. Safe to repeat: then the job is `replayed`. */
export async function linkIdempotencyKey(sql: Sql, { tenantId, key, jobId }: KeyForJob): Promise<Taken | undefined> {
  const { count } = await sql`
    INSERT INTO idempotency_keys (tenant_id, key, request_sha256, job_ids)
    VALUES (${tenantId}, ${key.text}, decode(${key.requestSha256}, 'hex'), ARRAY[${jobId}])
    ON CONFLICT DO NOTHING`;
  if (count > 0) return undefined;
  return (await findKeyHolder(sql, { tenantId, key })) ?? linkIdempotencyKey(sql, { tenantId, key, jobId });
}

/** Returns the result of a request whose key another one has; undefined when the key is free. */
export async function findKeyHolder(sql: Sql, keyed: Omit<KeyForJob, 'jobId'>): Promise<Taken | undefined> {
  const [holder] = (await findHolders(sql, [keyed])).values();
  return holder && byHolder(keyed, holder);
}

/** Deletes keys older than `hours`, oldest first; returns how many. */
export async function purgeIdempotencyKeys(sql: Sql, hours: number, rowsMax: number): Promise<number> {
  const { count } = await sql`
    DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM idempotency_keys WHERE created_at < now() - ${hours}::float8 * interval '1 hour'
      ORDER BY created_at LIMIT ${rowsMax} FOR UPDATE SKIP LOCKED))`;
  return count;
}
