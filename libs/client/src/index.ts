export { createClient } from './client.ts';
export type { BatchJob, Client, ClientOptions, JobOptions, ListOptions, WaitOptions } from './client.ts';
export type { EventsOptions, JobEvent } from './follow-job.ts';
export type { ScheduleOptions, Schedules } from './schedules.ts';
export { TurnoError } from './turno-error.ts';
