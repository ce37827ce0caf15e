import { formatTime, newId } from '@turno/contract';
import {
  type DueSchedule,
  isConnectionError,
  listDueSchedules,
  type Postgres,
  type ScheduleKey,
  type Slot,
  takeSlots,
} from '@turno/postgres';
import { type DueWorkWatch, repeatWhenDue } from '@turno/jobs';
import type { Log, Repeated } from '@turno/runtime';
import { createCapacityReservation, type ReserveCapacity } from './reserve-capacity.ts';
import { latestSlots, nextSlot } from './slots.ts';

export interface RunDueDeps {
  sql: Postgres['sql'];
  log: Log;
  dueWork: DueWorkWatch;
  /** Refills this queue's window soon, since jobs joined its backlog. */
  refill: (queue: string) => void;
}

export interface RunDueOptions {
  everyMs: number;
  /** A slot without a job counts as missed after this time. */
  missedAfterMs: number;
  /** Days for which the record of a slot and its job is stored. */
  keepDays: number;
}

const rowsMax = 100;
/**
 * Many schedules are due at the full hour.
 * More at a time would take a worker's connections from its jobs.
 */
const concurrencyMax = 5;
/** Slots are at least a minute apart, which bounds how many can be due and not missed. */
const minuteMs = 60_000;

/**
 * Starts the task that creates the jobs of due schedules.
 * Any number of processes may run it. Each slot gets one job. A schedule that fails here, such as one with a time
 * zone that this process does not know, is logged once, stays due, and does not stop the others.
 */
export function runDueSchedules(deps: RunDueDeps, options: RunDueOptions): Repeated {
  const logFailure = createFailureLog(deps.log);
  return repeatWhenDue(deps, { due: 'schedules', task: 'run-due-schedules', everyMs: options.everyMs }, async () => {
    const failed: ScheduleKey[] = [];
    const reserveCapacity = createCapacityReservation(deps.sql);
    for (let count = rowsMax; count === rowsMax;) {
      const due = await listDueSchedules(deps.sql, { rowsMax, except: failed });
      const runOne = async (schedule: DueSchedule) => {
        try {
          await createJobs(deps, schedule, { ...options, reserveCapacity });
        } catch (error) {
          if (isConnectionError(error)) throw error;
          logFailure(schedule, error);
          failed.push(schedule);
        }
      };
      for (let from = 0; from < due.length; from += concurrencyMax)
        await Promise.all(due.slice(from, from + concurrencyMax).map(runOne));
      count = due.length;
    }
  });
}

const loggedMax = 10_000;

/** Creates the log of failures. A failing schedule is logged once until it is changed. */
function createFailureLog(log: Log): (schedule: DueSchedule, error: unknown) => void {
  const logged = new Set<string>();
  return ({ tenantId, name, revision }, error) => {
    const version = `${tenantId} ${name} ${revision}`;
    if (logged.has(version)) return;
    if (logged.size === loggedMax) logged.clear();
    logged.add(version);
    log.error({ tenantId, schedule: name, err: error }, 'schedule could not create its jobs; it stays due');
  };
}

async function createJobs(
  { sql, log, refill }: RunDueDeps,
  due: DueSchedule,
  options: RunDueOptions & { reserveCapacity: ReserveCapacity },
): Promise<void> {
  const { tenantId, name, template } = due;
  const slots = slotsOf(due, options.missedAfterMs);
  const jobsMax = await options.reserveCapacity(due, slots.length);
  const next = nextSlot(due, new Date(due.now));
  const nextRunAt = next === undefined ? null : formatTime(next);
  const created = await takeSlots(sql, due, { slots, jobsMax, nextRunAt, keepDays: options.keepDays });
  if (created === 0) return;
  refill(template.queue);
  log.info({ tenantId, schedule: name, jobs: created, nextRunAt }, 'schedule created jobs');
}

/** Returns the due slots that get a job: all that are not missed, and the missed ones to catch up. */
export function slotsOf(due: DueSchedule, missedAfterMs: number): Slot[] {
  const [first, until] = [new Date(due.nextRunAt), new Date(due.now)];
  const fresh = until.getTime() - missedAfterMs;
  const freshMax = Math.ceil(missedAfterMs / minuteMs) + 1;
  const latest = latestSlots(due, { first, until, countMax: freshMax + due.catchUpMax });
  const missed = latest.filter((slot) => slot.getTime() < fresh);
  const caughtUp = due.missed === 'skip' ? [] : missed.slice(-due.catchUpMax);
  const wanted = [...caughtUp, ...latest.slice(missed.length)];
  return wanted.map((slot) => ({ at: formatTime(slot), jobId: newId('job') }));
}
