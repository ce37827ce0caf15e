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
 * Finds tickets that BullMQ was never confirmed to have, or had in an earlier life of Redis, and puts their jobs back into the
 * backlog. While Redis is away nothing is lost that could be sent, so it throws and does nothing.
 */
export async function redispatchLostTickets({ sql, producer }: RedispatchDeps, lostAfterMs: number, rowsMax: number) {
  const epoch = await currentEpoch({ sql, producer });
  const options = { epoch, olderThanMs: lostAfterMs, rowsMax };
  let total = 0;
  for (let healed = rowsMax; healed === rowsMax; total += healed) healed = await backlogLostTickets(sql, options);
  return total;
}

/**
 * Asks BullMQ about tickets that it confirmed some time ago: a Redis that lost its last second, such as a promoted replica,
 * keeps its epoch and loses tickets. Those go back into the backlog, and so do those that a worker fetched as long ago and did not
 * claim, because it was killed or cut off in between; BullMQ itself would need half a minute to notice.
 */
export async function reconcileDispatches({ sql, producer }: RedispatchDeps, olderThanMs: number, rowsMax: number) {
  let healed = 0;
  for (let after: DispatchedTicket | undefined; ;) {
    const tickets = await listDispatched(sql, { after, olderThanMs, rowsMax });
    const missing = await producer.missing(tickets, olderThanMs);
    if (missing.length > 0) healed += await backlogTickets(sql, missing);
    const last = tickets.at(-1);
    if (last === undefined || tickets.length < rowsMax) return healed;
    after = last;
  }
}

/** The number of this life of Redis. One without is new or was emptied: it gets the next one, and all tickets of earlier lives count as lost. */
export async function currentEpoch({ sql, producer }: RedispatchDeps): Promise<number> {
  const known = await producer.epoch();
  if (known !== undefined) return known;
  await producer.startEpoch(await nextEpoch(sql));
  const started = await producer.epoch();
  if (started === undefined) throw new Error('Redis forgot its epoch at once');
  return started;
}
