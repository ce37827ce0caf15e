import { newId } from '@turno/contract';
import {
  type DueSchedule,
  isConnectionError,
  listDueSchedules,
  type Postgres,
  type ScheduleKey,
  type Slot,
  takeSlots,
} from '@turno/postgres';
import { type Log, repeat } from '@turno/runtime';
import { createRooms, type TakeRoom } from './reserve-capacity.ts';
import { latestSlots, nextSlot } from './slots.ts';

export interface KeepDeps {
  sql: Postgres['sql'];
  log: Log;
  /** Jobs joined the backlog of this queue. */
  refill: (queue: string) => void;
}

export interface KeepOptions {
  everyMs: number;
  /** A slot that nobody acted on for so long was missed. */
  missedAfterMs: number;
  /** How long it stays known which job a slot made. */
  keepDays: number;
}

const rowsMax = 100;
/** Much comes at full hours; more at a time would keep a worker's connections from its jobs. */
const atOnceMax = 5;
/** Slots are a minute apart at least, so that no more than these can be due and not missed. */
const minuteMs = 60_000;

/**
 * Makes the jobs of schedules whose time has come. Any number of processes may do so at once: each slot has one job. One that cannot be
 * acted on here, such as with a time zone that this process does not know, is said once, stays due, and keeps none of the others.
 */
export function runDueSchedules(deps: KeepDeps, options: KeepOptions): ReturnType<typeof repeat> {
  const complain = createComplaints(deps.log);
  return repeat(deps.log, { task: 'run-due-schedules', everyMs: options.everyMs }, async () => {
    const failed: ScheduleKey[] = [];
    const takeRoom = createRooms(deps.sql);
    for (let count = rowsMax; count === rowsMax;) {
      const due = await listDueSchedules(deps.sql, { rowsMax, except: failed });
      const act = async (schedule: DueSchedule) => {
        try {
          await run(deps, schedule, { ...options, takeRoom });
        } catch (error) {
          if (isConnectionError(error)) throw error;
          complain(schedule, error);
          failed.push(schedule);
        }
      };
      for (let from = 0; from < due.length; from += atOnceMax)
        await Promise.all(due.slice(from, from + atOnceMax).map(act));
      count = due.length;
    }
  });
}

const toldMax = 10_000;

/** Says at most once what is wrong with a schedule, until it is put again. */
function createComplaints(log: Log): (schedule: DueSchedule, error: unknown) => void {
  const told = new Set<string>();
  return ({ tenantId, name, revision }, error) => {
    const version = `${tenantId} ${name} ${revision}`;
    if (told.has(version)) return;
    if (told.size === toldMax) told.clear();
    told.add(version);
    log.error({ tenantId, schedule: name, err: error }, 'a schedule cannot make its jobs');
  };
}

async function run(
  { sql, log, refill }: KeepDeps,
  due: DueSchedule,
  options: KeepOptions & { takeRoom: TakeRoom },
): Promise<void> {
  const { tenantId, name, template } = due;
  const slots = slotsOf(due, options.missedAfterMs);
  const jobsMax = await options.takeRoom(due, slots.length);
  const nextRunAt = nextSlot(due, new Date(due.now))?.toISOString() ?? null;
  const made = await takeSlots(sql, due, { slots, jobsMax, nextRunAt, keepDays: options.keepDays });
  if (made === 0) return;
  refill(template.queue);
  log.info({ tenantId, schedule: name, jobs: made, nextRunAt }, 'schedule made jobs');
}

/** Which of the slots that are due get a job. */
export function slotsOf(due: DueSchedule, missedAfterMs: number): Slot[] {
  const [first, until] = [new Date(due.nextRunAt), new Date(due.now)];
  const fresh = until.getTime() - missedAfterMs;
  const freshMax = Math.ceil(missedAfterMs / minuteMs) + 1;
  const latest = latestSlots(due, { first, until, countMax: freshMax + due.catchUpMax });
  const missed = latest.filter((slot) => slot.getTime() < fresh);
  const caughtUp = due.missed === 'skip' ? [] : missed.slice(-due.catchUpMax);
  const wanted = [...caughtUp, ...latest.slice(missed.length)];
  return wanted.map((slot) => ({ at: slot.toISOString(), jobId: newId('job') }));
}
