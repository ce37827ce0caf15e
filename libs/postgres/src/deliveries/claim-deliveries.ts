import type { Sql } from 'postgres';
import { type FrozenJob, type JobRow, toJobRow } from '../schema/index.ts';
import type { DeliveryTicket } from './delivery-outcome.ts';
import type { StoredSecret } from './webhook-secrets.ts';

/** A delivery with everything that a try needs. */
export interface ClaimedDelivery extends DeliveryTicket {
  tenantId: string;
  endpointId: string;
  url: string;
  oneOff: boolean;
  event: string;
  tries: number;
  job: JobRow;
  /** The owner for which the secret is sealed. */
  secretOwner: string;
  secret: StoredSecret | null;
}

type ClaimedRow = Omit<ClaimedDelivery, 'job' | 'secret'> & { job: FrozenJob } & {
  [Column in keyof StoredSecret]: StoredSecret[Column] | null;
};

/**
 * Claims tickets for one try each. Returns undefined for a ticket that is stale, claimed or of a final delivery: then
 * nothing may be sent. A try without an outcome after `holdMs` is repeated by another worker.
 */
export async function claimDeliveries(
  sql: Sql,
  tickets: readonly DeliveryTicket[],
  holdMs: number,
): Promise<(ClaimedDelivery | undefined)[]> {
  const rows = await sql<ClaimedRow[]>`
    WITH claimed AS (
      UPDATE deliveries d SET claimed = d.ticket, due_at = now() + ${holdMs}::float8 * interval '1 millisecond'
      FROM unnest(${tickets.map((one) => one.deliveryId)}::text[], ${tickets.map((one) => one.ticket)}::int[])
        AS t (id, ticket)
      WHERE d.id = t.id AND d.ticket = t.ticket AND d.claimed < d.ticket AND d.in_flight AND d.state = 'pending'
      RETURNING d.*
    )
    SELECT d.id AS "deliveryId", d.ticket, d.tenant_id AS "tenantId", e.id AS "endpointId",
      coalesce(nullif(d.own_url, ''), e.url) AS url, e.one_off AS "oneOff", d.event, d.tries, p.job,
      CASE WHEN e.one_off THEN e.tenant_id ELSE e.id END AS "secretOwner", s.sealed, s.key_id AS "keyId",
      CASE WHEN s.old_until > now() THEN s.old_sealed END AS "oldSealed", s.old_key_id AS "oldKeyId"
    FROM claimed d JOIN endpoints e ON e.id = d.endpoint_id JOIN delivery_payloads p ON p.delivery_id = d.id
      LEFT JOIN webhook_secrets s ON s.owner_id = CASE WHEN e.one_off THEN e.tenant_id ELSE e.id END
    WHERE e.disabled_at IS NULL`;
  const byId = new Map(rows.map((row) => [row.deliveryId, toClaimed(row)]));
  return tickets.map((one) => byId.get(one.deliveryId));
}

function toClaimed({ job, sealed, keyId, oldSealed, oldKeyId, ...row }: ClaimedRow): ClaimedDelivery {
  const secret = sealed === null || keyId === null ? null : { sealed, keyId, oldSealed, oldKeyId };
  return { ...row, job: toJobRow(job), secret };
}
