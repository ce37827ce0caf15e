import { inlineBytesMax } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';
import { jsonColumns, schema } from '../schema/index.ts';

const shownColumns = jsonColumns(schema.shownJobColumns, 'c');

/**
 * Returns the CTEs that write the deliveries of jobs which have just become final, for a statement that has them in
 * `changed`, such as that of `writeChanges`. Each receiver of a job gets one row, due at once, and the job as it is
 * now, with the output and the attempt that the same statement writes and that none of its queries can see yet.
 *
 * The endpoints of the tenants are read once by their index; without receivers nothing is rendered, and a job is
 * rendered once for all of its receivers. No CTE is joined with `changed`: the planner does not know its size and would
 * compare all pairs of rows.
 */
export function writeDeliveries(sql: Sql): Fragment {
  return sql`subscribed AS MATERIALIZED (
      SELECT id, tenant_id, events FROM endpoints
      WHERE tenant_id = ANY (ARRAY(SELECT tenant_id FROM changed WHERE finished_at IS NOT NULL)) AND disabled_at IS NULL
    ), notified AS MATERIALIZED (
      SELECT r.endpoint_ids, r.own_urls, c.*
      FROM changed c, LATERAL (
        SELECT array_agg(endpoint_id) AS endpoint_ids, array_agg(own_url) AS own_urls FROM (
          SELECT l.id AS endpoint_id, '' AS own_url FROM subscribed l
          WHERE l.tenant_id = c.tenant_id AND ('job.' || c.state) = ANY (l.events)
          UNION ALL
          SELECT DISTINCT w.endpoint, w.url FROM jsonb_to_recordset(c.webhooks) AS w (url text, endpoint text,
            events jsonb)
          WHERE w.events ? ('job.' || c.state)
        ) AS one
      ) AS r
      WHERE c.finished_at IS NOT NULL AND r.endpoint_ids IS NOT NULL
    ), frozen AS MATERIALIZED (
      SELECT c.endpoint_ids, c.own_urls, c.tenant_id, c.id, c.run, c.state, ${frozenJob(sql)} AS job
      FROM notified c JOIN job_inputs i ON i.job_id = c.id AND i.job_id = ANY (ARRAY(SELECT id FROM notified))
    ), born AS MATERIALIZED (
      SELECT left(new_delivery_id(), 14) AS born
    ), receivers AS MATERIALIZED (
      SELECT ${deliveryId(sql)} AS delivery_id, endpoint_id, own_url, tenant_id, id, run, state, job
      FROM (
        SELECT f.*, r.*, encode(uuid_send(gen_random_uuid()), 'hex') AS hex
        FROM frozen f, unnest(f.endpoint_ids, f.own_urls) AS r (endpoint_id, own_url)
      ) AS one
    ), sent AS (
      INSERT INTO deliveries (id, tenant_id, endpoint_id, own_url, job_id, run, event, due_at)
      SELECT delivery_id, tenant_id, endpoint_id, own_url, id, run, 'job.' || state, now() FROM receivers
      ON CONFLICT DO NOTHING
    ), payloads AS (
      INSERT INTO delivery_payloads (delivery_id, job) SELECT delivery_id, job FROM receivers
    )`;
}

/**
 * Returns an id in the form of `new_delivery_id` at a sixth of the cost: the time, ten digits, is taken once for all
 * rows, and 58 random bits come as digits of four bits each from `hex`, with version and variant of a UUID of version 7
 * in their places.
 */
function deliveryId(sql: Sql): Fragment {
  return sql`(SELECT born FROM born) || 'e' || substr(hex, 1, 2) || substr(hex, 17, 1) || substr(hex, 19, 12)`;
}

/** Renders a job as `readJobs` returns it after this statement's commit; times in Postgres' own text. */
export function frozenJob(sql: Sql): Fragment {
  return sql`json_build_object(${sql.unsafe(shownColumns)},
    'input', CASE WHEN i.input_bytes <= ${inlineBytesMax} THEN i.input::text END,
    'output', CASE WHEN octet_length(c.output) <= ${inlineBytesMax} THEN c.output END,
    'metadata', i.metadata::text,
    'earlierAttempts', (
      SELECT json_agg(json_build_object('run', a.run, 'number', a.number, 'startedAt', a.started_at::text,
        'finishedAt', a.finished_at::text, 'outcome', a.outcome, 'error', a.error) ORDER BY a.ticket)
      FROM (
        SELECT ticket, run, number, started_at, finished_at, outcome, error FROM job_attempts WHERE job_id = c.id
        UNION ALL
        SELECT c.ended_ticket, c.ended_run, c.ended_number, c.ended_start, c.ended_end, c.outcome, c.ended_error
        WHERE c.outcome IS NOT NULL
      ) AS a))`;
}
