import type { Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { runDueSchedules, type ScheduleConstants } from '@turno/schedules';
import type { Config } from '../config.ts';
import type { WorkerMaintenance } from './maintenance.ts';

/** Starts the task that creates the jobs of due schedules. */
export function startSchedules(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, maintenance, pace }: { sql: Postgres['sql']; maintenance: WorkerMaintenance; pace: ScheduleConstants },
): void {
  const { refill, dueWork } = maintenance;
  const running = runDueSchedules({ sql, log, dueWork, refill }, { ...pace, keepDays: settings.RETENTION_DAYS });
  closers.add('schedules', () => running.stop());
}
