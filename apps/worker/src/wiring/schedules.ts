import type { Maintenance } from '@turno/jobs';
import type { Postgres } from '@turno/postgres';
import type { ProcessLife } from '@turno/runtime';
import { runDueSchedules } from '@turno/schedules';
import type { Config } from '../config.ts';

/** Makes jobs by the clock as long as this process lives. */
export function startSchedules(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, refill }: { sql: Postgres['sql']; refill: Maintenance['refill'] },
): void {
  const maintenance = runDueSchedules(
    { sql, log, refill },
    {
      everyMs: settings.SCHEDULES_EVERY_MS,
      missedAfterMs: settings.SCHEDULE_MISSED_AFTER_SECONDS * 1_000,
      keepDays: settings.RETENTION_DAYS,
    },
  );
  closers.add('schedules', () => maintenance.stop());
}
