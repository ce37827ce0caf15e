import type { Job, Schedule, ScheduleRequest } from '@turno/contract';

/** A schedule as it is put: what is left out is as the API's description says. */
export type ScheduleOptions = Partial<Omit<ScheduleRequest, 'options'>> &
  Pick<ScheduleRequest, 'cron' | 'kind'> & { options?: Partial<ScheduleRequest['options']> };

export interface Schedules {
  /** Makes or replaces the schedule of this name, whole. */
  put(name: string, schedule: ScheduleOptions): Promise<Schedule>;
  get(name: string): Promise<Schedule>;
  /** All of them, by name. */
  list(): Promise<Schedule[]>;
  /** The jobs that it made stay. */
  delete(name: string): Promise<void>;
  /** Submits its job now, beside the clock. */
  run(name: string): Promise<Job>;
}

type Send = (path: string, init?: RequestInit & { headers?: Record<string, string> }) => Promise<Response>;

export function createSchedules(send: Send): Schedules {
  const pathOf = (name: string) => `/v1/schedules/${encodeURIComponent(name)}`;
  const read = async <T>(response: Promise<Response>) => (await (await response).json()) as T;
  return {
    put: (name, schedule) =>
      read(
        send(pathOf(name), {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(schedule),
        }),
      ),
    get: (name) => read(send(pathOf(name))),
    list: async () => (await read<{ schedules: Schedule[] }>(send('/v1/schedules'))).schedules,
    delete: async (name) => void (await send(pathOf(name), { method: 'DELETE' })),
    run: (name) => read(send(`${pathOf(name)}/run`, { method: 'POST' })),
  };
}
