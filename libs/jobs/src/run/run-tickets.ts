import type { HandedTicket, Slots } from '@turno/queue';
import { beginAttempt, type Begun, type RunDeps } from './run-attempt.ts';

/**
 * Starts the tickets of one BullMQ job in free slots, as many at once as slots are free.
 *
 * With one ticket it resolves when the attempt has ended, and throws if it failed, so that Bull Board shows that. With
 * a pack it resolves as soon as each ticket has begun or was handed back: no BullMQ job waits for a slow handler, and
 * from then on only the lease guards the runs. Nothing is claimed while too many results are unsaved. A ticket of a
 * paused queue or kind, one that finds no slot in time, and all tickets of a worker that stops are handed back
 * unclaimed, in one statement.
 */
export async function runTickets(deps: RunDeps, tickets: readonly HandedTicket[], slots: Slots): Promise<void> {
  await deps.unsavedResults.waitForCapacity();
  const isPack = tickets.length > 1;
  const started: Promise<unknown>[] = [];
  const { startable, rest } = await startInSlots(deps, { tickets, slots, start });
  const handedBack = rest.length === 0 ? undefined : handBack(deps, rest, startable);
  const ends = await Promise.allSettled(started);
  await handedBack;
  for (const end of ends) if (end.status === 'rejected') throw end.reason;

  function start(ticket: HandedTicket): Promise<unknown> {
    const begun = beginAttempt(deps, ticket, slots);
    const done = isPack ? begun.then((one) => void showFailure(deps, ticket, one)) : begun.then(failIfFailed);
    started.push(done);
    return begun.catch(() => {});
  }
}

interface Starting {
  tickets: readonly HandedTicket[];
  slots: Slots;
  start: (ticket: HandedTicket) => Promise<unknown>;
}

/** Starts tickets until none is left, or no slot becomes free in time. Returns those that it did not start. */
async function startInSlots(
  deps: RunDeps,
  { tickets, slots, start }: Starting,
): Promise<{ startable: readonly HandedTicket[]; rest: readonly HandedTicket[] }> {
  const giveUpAt = performance.now() + deps.startWithinMs;
  let waiting = tickets;
  const paused: HandedTicket[] = [];
  while (waiting.length > 0) {
    const { queues, kinds } = deps.pauses.now();
    const isPaused = ({ queue, kind }: HandedTicket) => queues.has(queue) || kinds.has(kind);
    paused.push(...waiting.filter(isPaused));
    waiting = waiting.filter((ticket) => !isPaused(ticket));
    if (waiting.length === 0 || deps.isStopping()) break;
    const count =
      slots.take(waiting.length) || (await slots.wait(waiting.length, Math.max(0, giveUpAt - performance.now())));
    if (count === 0) break;
    const now = waiting.slice(0, count);
    waiting = waiting.slice(count);
    await Promise.all(now.map(start));
  }
  return { startable: waiting, rest: [...paused, ...waiting] };
}

async function handBack(deps: RunDeps, tickets: readonly HandedTicket[], startable: readonly HandedTicket[]) {
  await Promise.all(tickets.map(({ jobId, ticket }) => deps.requeues.add({ jobId, ticket })));
  const [first] = startable;
  if (first !== undefined && !deps.isStopping()) deps.refill(first.queue);
}

async function failIfFailed(begun: Begun | undefined): Promise<void> {
  const failure = await failureOf(begun);
  if (failure !== undefined) throw new Error(failure);
}

async function showFailure(deps: RunDeps, ticket: HandedTicket, begun: Begun | undefined): Promise<void> {
  try {
    const failure = await failureOf(begun);
    if (failure !== undefined) await deps.showFailure(ticket, failure);
  } catch (error) {
    deps.log.error({ err: error, jobId: ticket.jobId }, 'the end of a packed attempt was not written');
  }
}

async function failureOf(begun: Begun | undefined): Promise<string | undefined> {
  const end = await begun?.end;
  return end?.error ? `${end.error.code}: ${end.error.message}` : undefined;
}
