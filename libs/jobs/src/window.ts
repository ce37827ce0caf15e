import { findBacklogs, type Postgres } from '@turno/postgres';
import { type Producer, queueNames } from '@turno/queue';
import type { Log } from '@turno/runtime';
import { repeat } from './repeat.ts';
import type { PauseWatch } from './watch-pauses.ts';
import { createWindowDepth, type QueueLook } from './window-depth.ts';

/**
 * How many more tickets BullMQ should be given. The rest waits in Postgres, where it costs no memory of Redis, keeps its
 * order and survives it.
 */
export interface Window {
  /** True, and one place taken, when a new job may go straight to BullMQ: there is room, nothing waits before it or is paused. */
  admit(queue: string, kind: string): boolean;
  /** Places left by BullMQ's own count, less what was taken since. 0 while Redis is away. */
  room(queue: string): number;
  take(queue: string, places: number): void;
  hasBacklog(queue: string): boolean;
  /** Somebody put a job into the backlog. */
  noteBacklog(queue: string): void;
  close(): Promise<void>;
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

/** Looks at BullMQ and at the backlog ten times a second; in between it counts for itself. */
export function createWindow({ sql, producer, log, pauses, size }: WindowDeps): Window {
  const rooms = new Map<string, number>();
  const depths = new Map(queueNames.map((queue) => [queue, createWindowDepth(size)]));
  let backlogs = new Set<string>(queueNames); // until the first look: nobody may overtake
  const looking = repeat(log, lookEveryMs, async () => {
    // Without Redis there is no room, and what is submitted joins the backlog.
    const looks = await Promise.all(queueNames.map((queue) => look(producer, queue))).catch(() => []);
    queueNames.forEach((queue, index) => rooms.set(queue, roomAt(looks[index], depths.get(queue))));
    backlogs = await findBacklogs(sql);
  });
  looking.soon();

  const room = (queue: string) => Math.max(0, rooms.get(queue) ?? 0);
  const take = (queue: string, places: number) => void rooms.set(queue, room(queue) - places);
  return {
    admit(queue, kind) {
      const paused = pauses.now();
      if (paused.queues.has(queue) || paused.kinds.has(kind)) return false;
      if (backlogs.has(queue) || room(queue) === 0) return false;
      take(queue, 1);
      return true;
    },
    room,
    take,
    hasBacklog: (queue) => backlogs.has(queue),
    noteBacklog: (queue) => void backlogs.add(queue),
    close: () => looking.stop(),
  };
}

async function look(producer: Producer, queue: string): Promise<QueueLook> {
  const [waiting, added] = await Promise.all([producer.waiting(queue), producer.added(queue)]);
  return { waiting, added, atMs: performance.now() };
}

function roomAt(seen: QueueLook | undefined, depthAt: ((look: QueueLook) => number) | undefined): number {
  return seen === undefined || depthAt === undefined ? 0 : depthAt(seen) - seen.waiting;
}
