import type { Schedule } from '@turno/contract';
import type { ScheduleRow } from '@turno/postgres';

/** A schedule as every call shows it: without whose it is. */
export function toSchedule({ tenantId: _whose, ...row }: ScheduleRow): Schedule {
  return { ...row, options: { ...row.options } };
}
