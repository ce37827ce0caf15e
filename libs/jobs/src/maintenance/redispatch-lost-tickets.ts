import {
  backlogLostTickets,
  backlogTickets,
  type DispatchedTicket,
  listDispatched,
  nextEpoch,
  type Postgres,
} from '@turno/postgres';
import type { Producer } from '@turno/queue';

export interface RedispatchDeps {
  sql: Postgres['sql'];
  producer: Producer;
}

/**
 * Moves jobs with lost tickets back into the backlog, and returns how many.
 * A ticket is lost if BullMQ never confirmed it, or confirmed it in an earlier epoch of Redis. Throws and changes
 * nothing while Redis is away, since the tickets could not be sent.
 */
export async function redispatchLostTickets({ sql, producer }: RedispatchDeps, lostAfterMs: number, rowsMax: number) {
  const epoch = await currentEpoch({ sql, producer });
  const options = { epoch, olderThanMs: lostAfterMs, rowsMax };
  let total = 0;
  for (let rows = rowsMax; rows === rowsMax; total += rows) rows = await backlogLostTickets(sql, options);
  return total;
}

/**
 * Compares dispatched tickets with BullMQ and moves the missing ones back into the backlog.
 * Returns how many.
 *
 * A Redis that lost its last second, such as a promoted replica, keeps its epoch and loses single tickets. A ticket
 * is also missing if a worker fetched it `olderThanMs` ago and did not claim it, since that worker was killed or cut
 * off; BullMQ would notice after 30 s.
 */
export async function reconcileDispatches({ sql, producer }: RedispatchDeps, olderThanMs: number, rowsMax: number) {
  let total = 0;
  for (let after: DispatchedTicket | undefined; ;) {
    const tickets = await listDispatched(sql, { after, olderThanMs, rowsMax });
    const missing = await producer.findMissing(tickets, olderThanMs);
    if (missing.length > 0) total += await backlogTickets(sql, missing);
    const last = tickets.at(-1);
    if (last === undefined || tickets.length < rowsMax) return total;
    after = last;
  }
}

/**
 * Returns the epoch of Redis.
 * A Redis without one is new or was emptied: it gets the next number. From then on all tickets of earlier epochs
 * count as lost.
 */
export async function currentEpoch({ sql, producer }: RedispatchDeps): Promise<number> {
  const known = await producer.epoch();
  if (known !== undefined) return known;
  await producer.startEpoch(await nextEpoch(sql));
  const started = await producer.epoch();
  if (started === undefined) throw new Error('Redis lost its epoch right after it was written');
  return started;
}
