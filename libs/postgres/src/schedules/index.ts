export {
  deleteSchedule,
  noteRun,
  mayPutSchedule,
  putSchedule,
  readClock,
  readSchedule,
  readSchedules,
} from './schedules.ts';
export type { ScheduleKey, ScheduleRow } from './schedules.ts';
export { listDueSchedules, takeSlots } from './schedule-slots.ts';
export type { DueSchedule, JobTemplate, Slot } from './schedule-slots.ts';
