import type { Sql } from 'postgres';
import { toRfc3339 } from '../connection/index.ts';

export type DeliveryState = 'pending' | 'delivered' | 'exhausted';

export interface DeliveryAttemptRow {
  startedAt: string;
  durationMs: number;
  status: number | null;
  error: string | null;
  response: string | null;
}

/** A delivery as its tenant sees it; times are RFC 3339. */
export interface DeliveryRow {
  id: string;
  jobId: string;
  run: number;
  event: string;
  /** null: the job named the URL itself. */
  endpointId: string | null;
  url: string;
  state: DeliveryState;
  reason: string | null;
  tries: number;
  createdAt: string;
  /** null when the delivery is final, and while a try is in progress. */
  nextTryAt: string | null;
  finishedAt: string | null;
  attempts: DeliveryAttemptRow[];
}

/** null: any. */
export interface DeliveryFilter {
  tenantId: string;
  deliveryId: string | null;
  jobId: string | null;
  endpointId: string | null;
  state: DeliveryState | null;
  /** Only deliveries older than this one. */
  before: string | null;
}

/** Lists matching deliveries, newest first. Pending and exhausted ones, rare in a long history, have an index each. */
export async function listDeliveries(sql: Sql, filter: DeliveryFilter, rowsMax: number): Promise<DeliveryRow[]> {
  const { tenantId, deliveryId, jobId, endpointId, state, before } = filter;
  const rows = await sql<(Omit<DeliveryRow, 'attempts'> & { attempts: DeliveryAttemptRow[] | null })[]>`
    SELECT d.id, d.job_id AS "jobId", d.run, d.event, CASE WHEN d.own_url = '' THEN d.endpoint_id END AS "endpointId",
      coalesce(nullif(d.own_url, ''), e.url, '') AS url, d.state, d.reason, d.tries, d.created_at AS "createdAt",
      CASE WHEN NOT d.in_flight THEN d.due_at END AS "nextTryAt", d.finished_at AS "finishedAt",
      (SELECT json_agg(json_build_object('startedAt', a.started_at::text, 'durationMs', a.duration_ms,
        'status', a.status, 'error', a.error, 'response', a.response) ORDER BY a.ticket)
        FROM delivery_attempts a WHERE a.delivery_id = d.id) AS attempts
    FROM deliveries d LEFT JOIN endpoints e ON e.id = d.endpoint_id
    WHERE d.tenant_id = ${tenantId}
      ${deliveryId === null ? sql`` : sql`AND d.id = ${deliveryId}`}
      ${jobId === null ? sql`` : sql`AND d.job_id = ${jobId}`}
      ${endpointId === null ? sql`` : sql`AND d.endpoint_id = ${endpointId}`}
      ${state === null ? sql`` : sql`AND d.state = ${state}`}
      ${state === 'pending' ? sql`AND d.due_at IS NOT NULL` : sql``}
      ${before === null ? sql`` : sql`AND d.id < ${before}`}
    ORDER BY d.id DESC LIMIT ${rowsMax}`;
  return rows.map((row) => ({
    ...row,
    createdAt: toRfc3339(row.createdAt),
    nextTryAt: toRfc3339(row.nextTryAt),
    finishedAt: toRfc3339(row.finishedAt),
    attempts: (row.attempts ?? []).map((attempt) => ({ ...attempt, startedAt: toRfc3339(attempt.startedAt) })),
  }));
}
