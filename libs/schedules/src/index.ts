export { keepSchedules, slotsOf } from './keep-schedules.ts';
export { putSchedule } from './put-schedule.ts';
export { runSchedule } from './run-schedule.ts';
export { toSchedule } from './schedule-view.ts';
export { latestSlots, nextSlot } from './slots.ts';
