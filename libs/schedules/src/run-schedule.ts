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
 * Submits the job of a schedule now, beside the clock, also of one that is paused. Throws `schedule-not-found`, and whatever a submit
 * of the same job would. Once the job is accepted nothing hides that: should the schedule not take note of it, the log says so.
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
    log.warn({ err: error, schedule: name, jobId: view.id }, 'the run is not noted with its schedule');
  });
  return view;
}
