export { runDueSchedules, slotsOf } from './run-due-schedules.ts';
export { scheduleConstants, type ScheduleConstants } from './schedule-constants.ts';
export { putSchedule } from './put-schedule.ts';
export type { PutDeps } from './put-schedule.ts';
export { runSchedule } from './run-schedule.ts';
export { toSchedule } from './schedule-view.ts';
export { faultOf, latestSlots, nextSlot, type Timetable } from './slots.ts';
