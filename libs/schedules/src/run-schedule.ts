import { Problem, scheduleOptions, submitRequest } from '@turno/contract';
import { type Catalogue, type JobView, parseJobRequest, type SubmitDeps, submitJob } from '@turno/jobs';
import { withRequestTimeout, noteRun, type Postgres, readSchedule } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Caller } from '@turno/tenants';

export interface RunScheduleDeps {
  sql: Postgres['sql'];
  catalogue: Catalogue;
  submit: SubmitDeps;
  log: Log;
}

/**
 * Submits the job of a schedule now, beside its timetable, also if the schedule is paused.
 * Throws `schedule-not-found`, and each problem of a submit of the same job. An accepted job is always returned: a
 * schedule that cannot record the run is only logged.
 */
export async function runSchedule(
  { sql, catalogue, submit, log }: RunScheduleDeps,
  caller: Caller,
  name: string,
): Promise<JobView> {
  const key = { tenantId: caller.tenantId, name };
  const found = await withRequestTimeout(readSchedule(sql, key));
  if (found === undefined) throw new Problem('schedule-not-found');
  const { kind, input } = found;
  const request = submitRequest.parse({ kind, input, options: scheduleOptions.parse(found.options) });
  const { views } = await submitJob(submit, caller, { request: parseJobRequest(catalogue, request) });
  const [view] = views;
  await withRequestTimeout(noteRun(sql, key, view.id)).catch((error: unknown) => {
    log.warn(
      { err: error, schedule: name, jobId: view.id },
      'job was accepted, but its schedule could not record the run',
    );
  });
  return view;
}
