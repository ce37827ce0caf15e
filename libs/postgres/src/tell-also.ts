import type { Sql } from 'postgres';
import { frozenJob } from './write-deliveries.ts';

export interface LateWebhook {
  jobId: string;
  webhook: { url: string; endpoint: string; events: readonly string[] };
}

/**
 * Adds a receiver to a job that is there already: it hears of the end when that comes, or at once when the job is over. No end is
 * missed in between: the row's lock decides who comes first, and a finish that waits for it reads the row again.
 */
export async function tellAlso(sql: Sql, { jobId, webhook }: LateWebhook): Promise<void> {
  const added = JSON.stringify([webhook]);
  const waits = await sql`
    UPDATE jobs SET webhooks = CASE WHEN webhooks @> ${added}::text::jsonb THEN webhooks
      ELSE coalesce(webhooks, '[]'::jsonb) || ${added}::text::jsonb END
    WHERE id = ${jobId} AND finished_at IS NULL RETURNING id`;
  if (waits.length === 0) await tellAtOnce(sql, { jobId, webhook });
}

async function tellAtOnce(sql: Sql, { jobId, webhook: { url, endpoint, events } }: LateWebhook): Promise<void> {
  await sql`
    WITH c AS (
      SELECT j.*, o.output::text AS output, NULL::text AS outcome, NULL::int AS ended_ticket, NULL::int AS ended_run,
        NULL::int AS ended_number, NULL::timestamptz AS ended_start, NULL::timestamptz AS ended_end, NULL::json AS ended_error
      FROM jobs j LEFT JOIN job_outputs o ON o.job_id = j.id AND j.state = 'completed'
      WHERE j.id = ${jobId} AND j.finished_at IS NOT NULL AND ('job.' || j.state) = ANY (${[...events]}::text[])
    ), sent AS (
      INSERT INTO deliveries (id, tenant_id, endpoint_id, own_url, job_id, run, event, due_at)
      SELECT new_delivery_id(), tenant_id, ${endpoint}, ${url}, id, run, 'job.' || state, now() FROM c
      ON CONFLICT DO NOTHING
      RETURNING id, job_id
    )
    INSERT INTO delivery_payloads (delivery_id, job)
    SELECT s.id, ${frozenJob(sql)} FROM sent s JOIN c ON c.id = s.job_id JOIN job_inputs i ON i.job_id = c.id`;
}
