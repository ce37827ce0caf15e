import type { HandOver } from '@turno/postgres';
import type { RunTimes } from '../run/run-times.ts';

export interface PackOptions {
  queue: string;
  /** The number of tickets that the queue should have in BullMQ; 0 when the backlog is not deep. */
  windowDepth: number;
}

/**
 * Divides the jobs of one take into packs, in their order.
 * A pack travels in one BullMQ job. Most packs have one ticket.
 */
export type PackTickets = (jobs: readonly HandOver[], options: PackOptions) => HandOver[][];

/** Gives each ticket a BullMQ job of its own. */
export const travelAlone: PackTickets = (jobs) => jobs.map((job) => [job]);

/** The part of the window that one pack may be: a smaller window then still has work for several workers. */
const windowShare = 1 / 4;
/** The part of a worker's slots that one pack may use, so that a worker fetches the next one while slots are used. */
const slotsShare = 1 / 2;

export interface PackDeps {
  /** Only kinds whose recent runs were short are packed: the tickets of a pack wait for slots together. */
  runTimes: Pick<RunTimes, 'isShort'>;
  /** Returns the slots of this worker for a queue; 0 when it does not serve the queue. */
  slotsOf: (queue: string) => number;
  ticketsMax: number;
}

/**
 * Creates the function that makes packs while a backlog is deep.
 * A pack holds neighbours of one priority in the order of the take. A job of a kind that is not known to be short, of
 * the queue `cpu`, or that a pack could not start before travels alone.
 */
export function createPackTickets({ runTimes, slotsOf, ticketsMax }: PackDeps): PackTickets {
  return (jobs, { queue, windowDepth }) => {
    const most = Math.floor(Math.min(ticketsMax, windowDepth * windowShare, slotsOf(queue) * slotsShare));
    if (most < 2 || queue === 'cpu') return travelAlone(jobs, { queue, windowDepth });
    const packs: HandOver[][] = [];
    let open: HandOver[] | undefined;
    for (const job of jobs) {
      const isPacked = job.alone !== true && runTimes.isShort(job.kind);
      if (isPacked && open !== undefined && open.length < most && open[0]?.priority === job.priority) open.push(job);
      else packs.push((open = [job]));
      if (!isPacked) open = undefined;
    }
    return packs;
  };
}
