import type postgres from 'postgres';
import type { ApiClient } from './api-client.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

/**
 * Has every end of every job told to this receiver, which learns the secrets. Before the first job, with nothing
 * broken.
 */
export async function subscribe(api: ApiClient, hooks: WebhookReceiver): Promise<void> {
  const [registered, rotated] = await Promise.all([
    api.call('POST', '/v1/endpoints', { body: { url: hooks.endpointUrl } }),
    api.call('POST', '/v1/endpoints/jobs/rotate-secret'),
  ]);
  const secrets = [registered, rotated].map((answer) => answer?.body.secret);
  const [ofEndpoint, ofJobs] = secrets;
  if (ofEndpoint === undefined || ofJobs === undefined)
    throw new Error(`the endpoint could not be registered: ${registered?.status}, ${rotated?.status}`);
  hooks.trust('endpoint', ofEndpoint);
  hooks.trust('job', ofJobs);
}

export interface WebhookCounts {
  delivered: number;
  exhausted: number;
  tries: number;
  /** Milliseconds from the end of a run to the first try that is logged. */
  medianMs: number;
  p99Ms: number;
}

export async function countWebhooks(sql: postgres.Sql): Promise<WebhookCounts> {
  const [row] = await sql<WebhookCounts[]>`
    SELECT count(*) FILTER (WHERE state = 'delivered')::int AS delivered,
      count(*) FILTER (WHERE state = 'exhausted')::int AS exhausted,
      (SELECT count(*) FROM delivery_attempts)::int AS tries,
      coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY waited_ms), 0)::int AS "medianMs",
      coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY waited_ms), 0)::int AS "p99Ms"
    FROM deliveries LEFT JOIN LATERAL (
      SELECT extract(epoch FROM min(started_at) - created_at) * 1000 AS waited_ms FROM delivery_attempts
      WHERE delivery_id = deliveries.id
    ) AS waited ON true`;
  if (row === undefined) throw new Error('a query that counts answered nothing');
  return row;
}
