import { queueNames } from '@turno/contract';
import type { Producer } from '@turno/queue';
import { type Log, repeat } from '@turno/runtime';
import type { DueWorkWatch } from './due-work.ts';
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
  /** Frees the slots of tickets that a worker of this process fetched. */
  noteFetched(queue: string, tickets: number): void;
  /** Returns the number of tickets that the queue should have in BullMQ; 0 while Redis is away. */
  depth(queue: string): number;
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
  producer: Pick<Producer, 'sample'>;
  log: Log;
  dueWork: DueWorkWatch;
  /** The most tickets per queue, DISPATCH_WINDOW. */
  size: number;
}

/**
 * The pauses between two samples. With a backlog, or little capacity, the window follows the rate of the workers.
 * Else it only bounds the tickets in BullMQ. While nothing changes, a sample only shows that Redis is there.
 */
const sampleEveryMs = { busy: 100, calm: 250, idle: 2_000 };

/**
 * Creates the window of each queue.
 * It samples BullMQ, the less often the less happens. Between two samples it counts the slots that this process
 * reserved and freed.
 */
export function createWindow({ producer, log, dueWork, size }: WindowDeps): Window {
  const windows = new Map<string, QueueWindow>(queueNames.map((queue) => [queue, createQueueWindow(size)]));
  const has = (test: (window: QueueWindow) => boolean) => [...windows.values()].some(test);
  const everyMs = () => {
    if (queueNames.some((queue) => dueWork.hasBacklog(queue)) || has((one) => one.isLow())) return sampleEveryMs.busy;
    return has((one) => one.isInUse()) ? sampleEveryMs.calm : sampleEveryMs.idle;
  };
  let sampledAtMs = -Infinity;
  const sampling = repeat(log, { task: 'sample-window-depth', everyMs }, async () => {
    sampledAtMs = performance.now();
    // Without Redis no slot is free, and submitted jobs join the backlog.
    const samples = await producer.sample(queueNames).catch(() => []);
    const atMs = performance.now();
    queueNames.forEach((queue, index) => {
      const found = samples[index];
      windows.get(queue)?.update(found && { ...found, backlog: dueWork.hasBacklog(queue), atMs });
    });
  });
  sampling.soon();
  /** The first change after a calm time makes the next sample follow soon. */
  const noteChange = () => {
    if (performance.now() - sampledAtMs > everyMs()) sampling.soon();
  };
  dueWork.onBacklog(noteChange);

  const capacity = (queue: string) => Math.max(0, windows.get(queue)?.capacity() ?? 0);
  const reserveSlots = (queue: string, count: number) => {
    windows.get(queue)?.reserveSlots(count);
    noteChange();
  };
  return {
    tryReserveSlot(queue, kind) {
      const paused = dueWork.now();
      if (paused.queues.has(queue) || paused.kinds.has(kind)) return undefined;
      if (dueWork.hasBacklog(queue) || capacity(queue) === 0) return undefined;
      const slot = windows.get(queue)?.reserveSlot();
      noteChange();
      return slot;
    },
    capacity,
    reserveSlots,
    waitingTickets: (queue) => windows.get(queue)?.waitingTickets() ?? 0,
    noteFetched: (queue, tickets) => reserveSlots(queue, -tickets),
    depth: (queue) => windows.get(queue)?.depth() ?? 0,
    isLow: (queue) => dueWork.hasBacklog(queue) && (windows.get(queue)?.isRefillable() ?? false),
    hasBacklog: (queue) => dueWork.hasBacklog(queue),
    noteBacklog: (queue) => dueWork.noteBacklog(queue),
    close: () => sampling.stop(),
  };
}

/** The window of one queue, as known between two samples. */
interface QueueWindow {
  update(sample: QueueSample | undefined): void;
  depth(): number;
  capacity(): number;
  reserveSlots(count: number): void;
  reserveSlot(): Slot;
  waitingTickets(): number;
  /** Returns whether half of the window is free. */
  isRefillable(): boolean;
  /** Returns whether less than half of the window is free. */
  isLow(): boolean;
  /** Returns whether anything changed between the last two samples, or since. */
  isInUse(): boolean;
}

function createQueueWindow(size: number): QueueWindow {
  const depthAt = createWindowDepth(size);
  let depth = 0;
  let free = 0;
  let samples = 0;
  let added = 0;
  let isInUse = false;
  return {
    update(sample) {
      samples += 1;
      isInUse = sample === undefined || sample.waiting > 0 || sample.added !== added; // Redis may be back soon
      added = sample?.added ?? added;
      depth = sample === undefined ? 0 : depthAt(sample);
      free = sample === undefined ? 0 : depth - sample.waiting;
    },
    depth: () => depth,
    // Without Redis the depth is 0, and a late fetch from it frees no slot.
    capacity: () => (depth === 0 ? 0 : free),
    reserveSlots(count) {
      isInUse = true;
      free -= count;
    },
    reserveSlot() {
      const reservedAt = samples;
      isInUse = true;
      free -= 1;
      return { release: () => void (free += samples === reservedAt ? 1 : 0) };
    },
    waitingTickets: () => Math.max(0, depth - free),
    isRefillable: () => depth > 0 && free >= depth / 2,
    isLow: () => depth > 0 && free < depth / 2,
    isInUse: () => isInUse,
  };
}
