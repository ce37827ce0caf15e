import type { Sql } from 'postgres';
import { frozenJob } from './write-deliveries.ts';

export interface LateWebhook {
  jobId: string;
  webhook: { url: string; endpoint: string; events: readonly string[] };
}

/**
 * Adds a receiver to a job that exists: its delivery is written when the job becomes final, or at once when it is
 * final. No end is missed in between: the row's lock orders the statements, and a finish that waits for the lock reads
 * the row again. False when the job is not final and has `receiversMax` other receivers.
 */
export async function addReceiver(sql: Sql, { jobId, webhook }: LateWebhook, receiversMax: number): Promise<boolean> {
  const added = JSON.stringify([webhook]);
  const waiting = await sql`
    UPDATE jobs SET webhooks = CASE WHEN webhooks @> ${added}::text::jsonb THEN webhooks
      ELSE coalesce(webhooks, '[]'::jsonb) || ${added}::text::jsonb END
    WHERE id = ${jobId} AND finished_at IS NULL
      AND (webhooks IS NULL OR webhooks @> ${added}::text::jsonb OR jsonb_array_length(webhooks) < ${receiversMax})
    RETURNING id`;
  if (waiting.length > 0) return true;
  // A statement of its own, to see an end for which the first one waited.
  const full = await sql`SELECT FROM jobs WHERE id = ${jobId} AND finished_at IS NULL`;
  if (full.length > 0) return false;
  await deliverAtOnce(sql, { jobId, webhook });
  return true;
}

/** Returns whether a job takes a receiver that it does not have. */
export async function takesReceiver(sql: Sql, jobId: string, receiversMax: number): Promise<boolean> {
  const rows = await sql`
    SELECT FROM jobs WHERE id = ${jobId}
      AND (finished_at IS NOT NULL OR webhooks IS NULL OR jsonb_array_length(webhooks) < ${receiversMax})`;
  return rows.length > 0;
}

async function deliverAtOnce(sql: Sql, { jobId, webhook: { url, endpoint, events } }: LateWebhook): Promise<void> {
  await sql`
    WITH c AS (
      SELECT j.*, o.output::text AS output, NULL::text AS outcome, NULL::int AS ended_ticket, NULL::int AS ended_run,
        NULL::int AS ended_number, NULL::timestamptz AS ended_start, NULL::timestamptz AS ended_end,
          NULL::json AS ended_error
      FROM jobs j LEFT JOIN job_outputs o ON o.job_id = j.id AND j.state = 'completed'
      WHERE j.id = ${jobId} AND j.final_state IS NOT NULL AND ('job.' || j.state) = ANY (${[...events]}::text[])
    ), sent AS (
      INSERT INTO deliveries (id, tenant_id, endpoint_id, own_url, job_id, run, event, due_at)
      SELECT new_delivery_id(), tenant_id, ${endpoint}, ${url}, id, run, 'job.' || state, now() FROM c
      ON CONFLICT DO NOTHING
      RETURNING id, job_id
    )
    INSERT INTO delivery_payloads (delivery_id, job)
    SELECT s.id, ${frozenJob(sql)} FROM sent s JOIN c ON c.id = s.job_id JOIN job_inputs i ON i.job_id = c.id`;
}
