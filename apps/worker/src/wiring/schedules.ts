import type { Maintenance } from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { runDueSchedules, type ScheduleConstants } from '@turno/schedules';
import type { Config } from '../config.ts';

/** Starts the task that creates the jobs of due schedules. */
export function startSchedules(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, refill, pace }: { sql: Postgres['sql']; refill: Maintenance['refill']; pace: ScheduleConstants },
): void {
  const maintenance = runDueSchedules({ sql, log, refill }, { ...pace, keepDays: settings.RETENTION_DAYS });
  closers.add('schedules', () => maintenance.stop());
}
