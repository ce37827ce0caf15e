import { queueNames } from '@turno/contract';
import { findBacklogs, type Postgres } from '@turno/postgres';
import type { Producer } from '@turno/queue';
import { type Log, repeat } from '@turno/runtime';
import type { PauseWatch } from './watch-pauses.ts';
import { createWindowDepth, type QueueSample } from './window-depth.ts';

/**
 * The bounded number of tickets in BullMQ, per queue.
 * All other jobs wait in Postgres, where they use no memory of Redis, keep their order and survive it.
 */
export interface Window {
  /**
   * Reserves a slot for a new job that may go straight to BullMQ.
   * Undefined if the window is full, a job waits in the queue's backlog, or the queue or kind is paused.
   */
  tryReserveSlot(queue: string, kind: string): Slot | undefined;
  /** Returns the free slots: those of the last sample less those reserved since. 0 while Redis is away. */
  capacity(queue: string): number;
  /** Reserves slots for jobs from the backlog. */
  reserveSlots(queue: string, count: number): void;
  /** Returns the number of tickets that wait in BullMQ, as far as it is known. */
  waitingTickets(queue: string): number;
  /** Frees the slot of a ticket that a worker of this process fetched. */
  noteFetched(queue: string): void;
  /** Returns whether it is time to refill: half of the window is free and the backlog has jobs. */
  isLow(queue: string): boolean;
  hasBacklog(queue: string): boolean;
  /** Records that a job joined the queue's backlog, before the next sample shows it. */
  noteBacklog(queue: string): void;
  close(): Promise<void>;
}

/** A slot in BullMQ for one ticket that is not sent yet. */
export interface Slot {
  /** Frees the slot. Has no effect after the next sample, since that sample did not count the ticket. */
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

const sampleEveryMs = 100;

/**
 * Creates the window of each queue.
 * It samples BullMQ and the backlog ten times a second. Between two samples it counts the slots that this process
 * reserved and freed.
 */
export function createWindow({ sql, producer, log, pauses, size }: WindowDeps): Window {
  const windows = new Map<string, QueueWindow>(queueNames.map((queue) => [queue, createQueueWindow(size)]));
  // Until the first sample every queue counts as having a backlog, so no new job overtakes one in it.
  let backlogs = new Set<string>(queueNames);
  const sampling = repeat(log, { task: 'sample-window-depth', everyMs: sampleEveryMs }, async () => {
    // Without Redis no slot is free, and submitted jobs join the backlog.
    const samples = await Promise.all(queueNames.map((queue) => sample(producer, queue, backlogs))).catch(() => []);
    queueNames.forEach((queue, index) => windows.get(queue)?.update(samples[index]));
    backlogs = await findBacklogs(sql);
  });
  sampling.soon();

  const capacity = (queue: string) => Math.max(0, windows.get(queue)?.capacity() ?? 0);
  const reserveSlots = (queue: string, count: number) => windows.get(queue)?.reserveSlots(count);
  return {
    tryReserveSlot(queue, kind) {
      const paused = pauses.now();
      if (paused.queues.has(queue) || paused.kinds.has(kind)) return undefined;
      if (backlogs.has(queue) || capacity(queue) === 0) return undefined;
      return windows.get(queue)?.reserveSlot();
    },
    capacity,
    reserveSlots,
    waitingTickets: (queue) => windows.get(queue)?.waitingTickets() ?? 0,
    noteFetched: (queue) => reserveSlots(queue, -1),
    isLow: (queue) => backlogs.has(queue) && windows.get(queue)?.isLow() === true,
    hasBacklog: (queue) => backlogs.has(queue),
    noteBacklog: (queue) => void backlogs.add(queue),
    close: () => sampling.stop(),
  };
}

async function sample(producer: Producer, queue: string, backlogs: Set<string>): Promise<QueueSample> {
  const [waiting, added] = await Promise.all([producer.waiting(queue), producer.added(queue)]);
  return { waiting, added, backlog: backlogs.has(queue), atMs: performance.now() };
}

/** The window of one queue, as known between two samples. */
interface QueueWindow {
  update(sample: QueueSample | undefined): void;
  capacity(): number;
  reserveSlots(count: number): void;
  reserveSlot(): Slot;
  waitingTickets(): number;
  isLow(): boolean;
}

function createQueueWindow(size: number): QueueWindow {
  const depthAt = createWindowDepth(size);
  let depth = 0;
  let free = 0;
  let samples = 0;
  return {
    update(sample) {
      samples += 1;
      depth = sample === undefined ? 0 : depthAt(sample);
      free = sample === undefined ? 0 : depth - sample.waiting;
    },
    // Without Redis the depth is 0, and a late fetch from it frees no slot.
    capacity: () => (depth === 0 ? 0 : free),
    reserveSlots: (count) => void (free -= count),
    reserveSlot() {
      const reservedAt = samples;
      free -= 1;
      return { release: () => void (free += samples === reservedAt ? 1 : 0) };
    },
    waitingTickets: () => Math.max(0, depth - free),
    isLow: () => depth > 0 && free >= depth / 2,
  };
}
