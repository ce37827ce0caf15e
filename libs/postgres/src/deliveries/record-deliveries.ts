import type { Sql } from 'postgres';
import type { BreakerOptions, DeliveryOutcome } from './delivery-outcome.ts';
import { noteAddresses } from './failing-addresses.ts';

/** An endpoint that these outcomes have disabled. */
export interface DisabledEndpoint {
  endpointId: string;
  tenantId: string;
  reason: string;
}

/**
 * Writes the outcomes of tries: the attempts, the new states of the deliveries, and the failures of the endpoints. A
 * try with a stale ticket is recorded as an attempt and changes nothing else. Safe to repeat.
 */
export async function recordDeliveries(
  sql: Sql,
  outcomes: readonly DeliveryOutcome[],
  breaker: BreakerOptions,
): Promise<DisabledEndpoint[]> {
  const tried = outcomes.filter((one) => one.to !== 'handed-back');
  await writeOutcomes(sql, outcomes);
  const addresses = tried.filter(({ address, reached }) => address !== null && reached);
  if (addresses.length > 0) await noteAddresses(sql, addresses, breaker);
  return tried.length === 0 ? [] : noteEndpoints(sql, tried.map(toEndpointOutcome), breaker);
}

interface EndpointOutcome extends Pick<DeliveryOutcome, 'endpointId' | 'pauseMs' | 'disable'> {
  good: boolean;
}

/** An origin that single jobs name fails only when it cannot be connected; its addresses fail apart. */
function toEndpointOutcome({ endpointId, address, reached, to, pauseMs, disable }: DeliveryOutcome): EndpointOutcome {
  if (address === null) return { endpointId, good: to === 'delivered', pauseMs, disable };
  return { endpointId, good: reached, pauseMs: 0, disable: null };
}

async function writeOutcomes(sql: Sql, outcomes: readonly DeliveryOutcome[]): Promise<void> {
  await sql`
    WITH given AS (
      SELECT * FROM unnest(
        ${outcomes.map((one) => one.deliveryId)}::text[], ${outcomes.map((one) => one.ticket)}::int[],
        ${outcomes.map((one) => one.to)}::text[], ${outcomes.map((one) => one.delayMs)}::float8[],
        ${outcomes.map((one) => one.reason)}::text[], ${outcomes.map((one) => one.durationMs)}::int[],
        ${outcomes.map((one) => one.status)}::int[], ${outcomes.map((one) => one.error)}::text[],
        ${outcomes.map((one) => one.response)}::text[]
      ) AS g (id, ticket, outcome, delay_ms, reason, duration_ms, status, error, response)
    ), attempts AS (
      INSERT INTO delivery_attempts (delivery_id, ticket, started_at, duration_ms, status, error, response)
      SELECT id, ticket, now() - duration_ms * interval '1 millisecond', duration_ms, status, error, response
      FROM given WHERE outcome <> 'handed-back'
      ON CONFLICT DO NOTHING
    )
    UPDATE deliveries d SET in_flight = false, reason = g.reason,
      state = CASE WHEN g.outcome IN ('delivered', 'exhausted') THEN g.outcome ELSE 'pending' END,
      tries = d.tries + CASE WHEN g.outcome = 'handed-back' THEN 0 ELSE 1 END,
      due_at = CASE WHEN g.outcome IN ('pending', 'handed-back') THEN now() + g.delay_ms * interval '1 millisecond' END,
      finished_at = CASE WHEN g.outcome IN ('delivered', 'exhausted') THEN now() END
    FROM given g
    WHERE d.id = g.id AND d.ticket = g.ticket AND d.in_flight`;
}

/**
 * Updates the endpoints, locked in the order of their ids, so that two batches never wait for each other. A pause grows
 * with each failure after the last pause; failures of concurrent tries count as one step. A success ends a pause that
 * failures made, not a pause that the receiver asked for.
 */
function noteEndpoints(
  sql: Sql,
  tried: readonly EndpointOutcome[],
  breaker: BreakerOptions,
): Promise<DisabledEndpoint[]> {
  return sql<DisabledEndpoint[]>`
    WITH given AS (
      SELECT id, bool_or(good) AS good, count(*) FILTER (WHERE NOT good)::int AS bad, max(pause_ms) AS pause_ms,
        max(disable) AS disable
      FROM unnest(${tried.map((one) => one.endpointId)}::text[],
        ${tried.map((one) => Number(one.good))}::int[]::boolean[],
        ${tried.map((one) => one.pauseMs)}::float8[], ${tried.map((one) => one.disable)}::text[])
        AS t (id, good, pause_ms, disable)
      GROUP BY id
    ), locked AS (
      SELECT e.id, t.good, t.pause_ms, t.disable, e.failures >= ${breaker.failuresMax} AS was_broken,
        CASE WHEN t.good THEN 0
          WHEN e.failures < ${breaker.failuresMax} THEN least(e.failures + t.bad, ${breaker.failuresMax})
          WHEN e.paused_until > now() THEN e.failures ELSE e.failures + 1 END AS failures,
        CASE WHEN e.paused_until > now() THEN e.paused_until END AS paused_until,
        CASE WHEN NOT t.good THEN coalesce(e.failing_since, now()) END AS failing_since
      FROM endpoints e JOIN given t ON t.id = e.id
      WHERE NOT t.good OR t.pause_ms > 0 OR e.failures > 0 OR e.paused_until IS NOT NULL
      ORDER BY e.id FOR UPDATE OF e
    ), judged AS (
      SELECT *, greatest(pause_ms, CASE WHEN failures >= ${breaker.failuresMax} THEN
          least(${breaker.pauseMsMax}::float8, ${breaker.pauseMs} * 2 ^ least(20, failures - ${breaker.failuresMax}))
            ELSE 0 END) AS wait_ms,
        CASE WHEN disable IS NOT NULL THEN disable
          WHEN failing_since < now() - ${breaker.disableAfterMs}::float8 * interval '1 millisecond' THEN 'failing'
            END AS verdict
      FROM locked
    ), noted AS (
      UPDATE endpoints e SET failures = j.failures, failing_since = j.failing_since,
        paused_until = CASE WHEN j.wait_ms > 0 THEN greatest(j.paused_until,
          now() + j.wait_ms * interval '1 millisecond')
          WHEN NOT (j.good AND j.was_broken) THEN j.paused_until END,
        disabled_at = CASE WHEN NOT e.one_off AND j.verdict IS NOT NULL THEN coalesce(e.disabled_at, now())
          ELSE e.disabled_at END,
        disabled_reason = CASE WHEN NOT e.one_off AND e.disabled_at IS NULL THEN j.verdict ELSE e.disabled_reason END
      FROM judged j WHERE e.id = j.id
      RETURNING e.id, e.tenant_id, e.one_off, j.verdict
    )
    SELECT id AS "endpointId", tenant_id AS "tenantId", verdict AS reason FROM noted
    WHERE verdict IS NOT NULL AND NOT one_off`;
}
