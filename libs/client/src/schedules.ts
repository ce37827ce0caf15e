import type { Job, Schedule, ScheduleRequest } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** A schedule as it is put: what is left out is as the API's description says. */
export type ScheduleOptions = Partial<Omit<ScheduleRequest, 'options'>> &
  Pick<ScheduleRequest, 'cron' | 'kind'> & { options?: Partial<ScheduleRequest['options']> };

/** Jobs that come by the clock. A name that is none: `schedule-not-found`. */
export interface Schedules {
  /** Makes or replaces the schedule of this name, whole. Refused with `invalid-request`, `unknown-kind`, `too-many-schedules`. */
  put(name: string, schedule: ScheduleOptions): Promise<Schedule>;
  get(name: string): Promise<Schedule>;
  /** All of them, by name. */
  list(): Promise<Schedule[]>;
  /** The jobs that it made stay. */
  delete(name: string): Promise<void>;
  /** Submits its job now, beside the clock. */
  run(name: string): Promise<Job>;
}

export function createSchedules({ send, ask }: Requests): Schedules {
  const at = (name: string, ...more: string[]) => pathOf('schedules', name, ...more);
  return {
    put: (name, schedule) => ask(at(name), { method: 'PUT', body: schedule }),
    get: (name) => ask(at(name)),
    list: async () => (await ask<{ schedules: Schedule[] }>(pathOf('schedules'))).schedules,
    delete: async (name) => void (await send(at(name), { method: 'DELETE' })),
    run: (name) => ask(at(name, 'run'), { method: 'POST' }),
  };
}
