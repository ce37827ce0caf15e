import { type MaintenanceConstants, maintenanceConstants, searchConstants } from '@turno/jobs';
import { ticketLockMs } from '@turno/queue';
import { eventsPerJobMax } from '@turno/redis';
import { type ScheduleConstants, scheduleConstants } from '@turno/schedules';
import type { TenantQueryConstants } from '@turno/tenants';
import { type DeliveryConstants, deliveryConstants } from '@turno/webhooks';

/** What one attempt and one worker may use. */
const executionConstants = {
  /** The largest output of a job as JSON; a larger one fails its job as `output-too-large`. */
  outputBytesMax: 8 * 1024 * 1024,
  /** An output above this size becomes a file. */
  outputInlineBytesMax: 256 * 1024,
  /** The part of a file that a handler may read into memory. */
  fileReadBytesMax: 256 * 1024 * 1024,
  /** Unsaved results above this sum stop new claims until Postgres has stored some. */
  unsavedOutputBytesMax: 64 * 1024 * 1024,
  /** An io handler that blocks the event loop for this time ends its worker. */
  loopBlockedMsMax: 5_000,
  /** A consumer that fetches nothing for this time, though work waits and a slot is free, is rebuilt. */
  fetchStuckMs: 30_000,
  /** BullMQ gives a ticket to another worker when its worker has not renewed the lock for this time. */
  ticketLockMs,
};

/** When tickets travel in packs, and how long they wait for a slot. */
const packConstants = {
  /** The most tickets of a pack. */
  ticketsMax: 32,
  /** A kind is packed while at most one in a hundred of its recent runs took longer than this. */
  shortMs: 50,
  /** A kind is packed once this many of its runs are known. */
  runsMin: 100,
  /** A fetched ticket that finds no free slot for this time is handed back to the backlog. */
  startWithinMs: 100,
};

/** Values of a worker that no installation needs to change, as shipped. */
export const workerConstants = {
  maintenance: maintenanceConstants,
  search: searchConstants,
  schedules: scheduleConstants,
  deliveries: deliveryConstants,
  execution: executionConstants,
  packs: packConstants,
  queries: {
    /** The time that Postgres has for one report; then the statement is cancelled. */
    timeoutMs: 30_000,
    /** A job that waits takes a slot of the worker, so the wait is short; then the job is handed back. */
    waitMs: 1_000,
    /** Jobs of one tenant that wait. */
    waitingPerTenantMax: 1,
  },
  events: {
    /** Entries that Redis keeps of a followed job, about. */
    perJobMax: eventsPerJobMax,
    /** Log lines of one attempt that reach its followers. */
    logLinesMax: 1_000,
    /** The longest message of such a line in characters; longer fields are left out. */
    logCharsMax: 1_000,
  },
  files: {
    /** Between two rounds that erase expired files. */
    eraseEveryMs: 30_000,
  },
};

export interface WorkerConstants {
  maintenance: MaintenanceConstants;
  search: typeof searchConstants;
  schedules: ScheduleConstants;
  deliveries: DeliveryConstants;
  execution: typeof executionConstants;
  packs: typeof packConstants;
  queries: TenantQueryConstants;
  events: typeof workerConstants.events;
  files: typeof workerConstants.files;
}
