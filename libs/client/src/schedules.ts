import type { Job, Schedule, ScheduleRequest } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** A schedule to put. The OpenAPI document has the defaults. */
export type ScheduleOptions = Partial<Omit<ScheduleRequest, 'options'>> &
  Pick<ScheduleRequest, 'cron' | 'kind'> & { options?: Partial<ScheduleRequest['options']> };

/** Cron rules that create jobs. An unknown name throws `schedule-not-found`. */
export interface Schedules {
  /** Creates or replaces the schedule. Throws `invalid-request`, `unknown-kind` or `too-many-schedules`. */
  put(name: string, schedule: ScheduleOptions): Promise<Schedule>;
  get(name: string): Promise<Schedule>;
  /** Lists all schedules by name. */
  list(): Promise<Schedule[]>;
  /** Deletes the schedule. Its jobs stay. */
  delete(name: string): Promise<void>;
  /** Submits the job of the schedule now. */
  run(name: string): Promise<Job>;
}

export function createSchedules({ send, fetchJson }: Requests): Schedules {
  const at = (name: string, ...more: string[]) => pathOf('schedules', name, ...more);
  return {
    put: (name, schedule) => fetchJson(at(name), { method: 'PUT', body: schedule }),
    get: (name) => fetchJson(at(name)),
    list: async () => (await fetchJson<{ schedules: Schedule[] }>(pathOf('schedules'))).schedules,
    delete: async (name) => void (await send(at(name), { method: 'DELETE' })),
    run: (name) => fetchJson(at(name, 'run'), { method: 'POST' }),
  };
}
