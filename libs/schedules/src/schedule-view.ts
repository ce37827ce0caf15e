import type { Schedule } from '@turno/contract';
import type { ScheduleRow } from '@turno/postgres';

/** Renders a schedule as the API shows it, without its tenant. */
export function toSchedule({ tenantId: _tenantId, ...row }: ScheduleRow): Schedule {
  return { ...row, options: { ...row.options } };
}
