import { queueNames } from '@turno/contract';
import { findBacklogs, type Postgres } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import { type Log, repeat } from '@turno/runtime';
import type { PauseWatch } from './watch-pauses.ts';
import { createWindowDepth, type QueueLook } from './window-depth.ts';

/**
 * How many more tickets BullMQ should be given. The rest waits in Postgres, where it costs no memory of Redis, keeps its
 * order and survives it.
 */
export interface Window {
  /** Reserves a slot for a new job when it may go straight to BullMQ: there is room, nothing waits before it or is paused. */
  tryReserveSlot(queue: string, kind: string): Slot | undefined;
  /** Places left by BullMQ's own count, less what was taken since. 0 while Redis is away. */
  room(queue: string): number;
  take(queue: string, places: number): void;
  /** Tickets that wait in BullMQ, as far as it is known. */
  tickets(queue: string): number;
  /** A worker here fetched a ticket, which leaves a place. */
  fetched(queue: string): void;
  /** Half of what BullMQ should hold has gone though more waits: it is time to refill. */
  isLow(queue: string): boolean;
  hasBacklog(queue: string): boolean;
  /** Somebody put a job into the backlog. */
  noteBacklog(queue: string): void;
  close(): Promise<void>;
}

/** A place in BullMQ for one ticket that is not sent yet. */
export interface Slot {
  /** Gives the slot back. Without effect once the window was counted anew, since that count has not seen the ticket. */
  release(): void;
}

export interface WindowDeps {
  sql: Postgres['sql'];
  producer: Producer;
  log: Log;
  pauses: PauseWatch;
  /** The most tickets per queue, DISPATCH_WINDOW. */
  size: number;
}

const lookEveryMs = 100;

/** Looks at BullMQ and at the backlog ten times a second; in between it counts what it took itself, and what a worker here fetched. */
export function createWindow({ sql, producer, log, pauses, size }: WindowDeps): Window {
  const lines = new Map<string, Line>(queueNames.map((queue) => [queue, createLane(size)]));
  let backlogs = new Set<string>(queueNames); // until the first look: nobody may overtake
  const looking = repeat(log, { task: 'sample-window-depth', everyMs: lookEveryMs }, async () => {
    // Without Redis there is no room, and what is submitted joins the backlog.
    const looks = await Promise.all(queueNames.map((queue) => look(producer, queue, backlogs))).catch(() => []);
    queueNames.forEach((queue, index) => lines.get(queue)?.see(looks[index]));
    backlogs = await findBacklogs(sql);
  });
  looking.soon();

  const room = (queue: string) => Math.max(0, lines.get(queue)?.room() ?? 0);
  const take = (queue: string, places: number) => lines.get(queue)?.take(places);
  return {
    tryReserveSlot(queue, kind) {
      const paused = pauses.now();
      if (paused.queues.has(queue) || paused.kinds.has(kind)) return undefined;
      if (backlogs.has(queue) || room(queue) === 0) return undefined;
      return lines.get(queue)?.reserve();
    },
    room,
    take,
    tickets: (queue) => lines.get(queue)?.tickets() ?? 0,
    fetched: (queue) => take(queue, -1),
    isLow: (queue) => backlogs.has(queue) && lines.get(queue)?.isLow() === true,
    hasBacklog: (queue) => backlogs.has(queue),
    noteBacklog: (queue) => void backlogs.add(queue),
    close: () => looking.stop(),
  };
}

async function look(producer: Producer, queue: string, backlogs: Set<string>): Promise<QueueLook> {
  const [waiting, added] = await Promise.all([producer.waiting(queue), producer.added(queue)]);
  return { waiting, added, backlog: backlogs.has(queue), atMs: performance.now() };
}

/** What is known of the tickets that wait in BullMQ, between two looks at them. */
interface Line {
  see(look: QueueLook | undefined): void;
  room(): number;
  take(places: number): void;
  reserve(): Slot;
  tickets(): number;
  isLow(): boolean;
}

function createLane(size: number): Line {
  const depthAt = createWindowDepth(size);
  let depth = 0;
  let room = 0;
  let looks = 0;
  return {
    see(look) {
      looks += 1;
      depth = look === undefined ? 0 : depthAt(look);
      room = look === undefined ? 0 : depth - look.waiting;
    },
    // Without Redis nothing is fetched, and what comes late from it makes no place.
    room: () => (depth === 0 ? 0 : room),
    take: (places) => void (room -= places),
    reserve() {
      const reservedAt = looks;
      room -= 1;
      return { release: () => void (room += looks === reservedAt ? 1 : 0) };
    },
    tickets: () => Math.max(0, depth - room),
    isLow: () => depth > 0 && room >= depth / 2,
  };
}
