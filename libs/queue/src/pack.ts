import { randomBytes } from 'node:crypto';
import type { BulkJobOptions } from 'bullmq';
import { bullJobId, packIdOf } from './bullmq-layout.ts';

/** One ticket on its way to a worker. Only ids travel through Redis. */
export interface QueuedTicket {
  jobId: string;
  ticket: number;
  kind: string;
  queue: string;
  /** −100 … 100, higher first. */
  priority: number;
}

/** A ticket as BullMQ gives it to a worker. */
export type HandedTicket = Omit<QueuedTicket, 'priority'>;

/** Tickets that one BullMQ job carries: at least one, all of one queue and priority. */
export interface Pack {
  /** The id of the BullMQ job; undefined: the id of its only ticket. */
  carrier: string | undefined;
  tickets: readonly QueuedTicket[];
}

/** Creates a pack. A single ticket travels under an id of its own, so that adding it again adds nothing. */
export function toPack(tickets: readonly QueuedTicket[]): Pack {
  const carrier = tickets.length > 1 ? packIdOf(tickets.length, randomBytes(9).toString('base64url')) : undefined;
  return { carrier, tickets };
}

/** The data of a BullMQ job: one ticket, the tickets of a pack, or the failure of a ticket that a pack carried. */
export type PackData = { jobId: string; ticket: number; failure?: string } | { tickets: PackedTicket[] };

type PackedTicket = [jobId: string, ticket: number, kind: string];

interface BullJob {
  name: string;
  data: PackData;
  opts: BulkJobOptions;
}

/** Returns the BullMQ job of a pack, or undefined for a pack without tickets. */
export function toBullJob({ carrier, tickets }: Pack): BullJob | undefined {
  const [first] = tickets;
  if (first === undefined) return undefined;
  const { jobId, ticket, kind } = first;
  // BullMQ runs lower numbers first and 0 before all others.
  const opts = { priority: 101 - first.priority, attempts: 1 };
  if (carrier === undefined) {
    return { name: kind, data: { jobId, ticket }, opts: { ...opts, jobId: bullJobId({ jobId, ticket }) } };
  }
  const packed = tickets.map((one): PackedTicket => [one.jobId, one.ticket, one.kind]);
  return { name: 'pack', data: { tickets: packed }, opts: { ...opts, jobId: carrier } };
}

/** Returns the BullMQ job that shows the failure of a packed ticket. It goes before all others and runs nothing. */
export function toFailureJob({ jobId, ticket, kind }: HandedTicket, failure: string): BullJob {
  return { name: kind, data: { jobId, ticket, failure }, opts: { jobId: bullJobId({ jobId, ticket }), attempts: 1 } };
}

/** Returns the tickets of a BullMQ job. */
export function ticketsOf({ data, kind, queue }: { data: PackData; kind: string; queue: string }): HandedTicket[] {
  if (!('tickets' in data)) return [{ jobId: data.jobId, ticket: data.ticket, kind, queue }];
  return data.tickets.map(([jobId, ticket, ticketKind]) => ({ jobId, ticket, kind: ticketKind, queue }));
}
