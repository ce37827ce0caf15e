import { Problem, scheduleOptions, submitRequest } from '@turno/contract';
import { type JobView, type SubmitDeps, submitJobs } from '@turno/jobs';
import { withRequestTimeout, noteRun, type Postgres, readSchedule } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Caller } from '@turno/tenants';

/**
 * Submits the job of a schedule now, beside the clock, also of one that is paused. Throws `schedule-not-found`, and whatever a submit
 * of the same job would. Once the job is accepted nothing hides that: should the schedule not take note of it, the log says so.
 */
export async function runSchedule(
  { sql, submit, log }: { sql: Postgres['sql']; submit: SubmitDeps; log: Log },
  caller: Caller,
  name: string,
): Promise<JobView> {
  const key = { tenantId: caller.tenantId, name };
  const found = await withRequestTimeout(readSchedule(sql, key));
  if (found === undefined) throw new Problem('schedule-not-found');
  const { kind, input } = found;
  const request = submitRequest.parse({ kind, input, options: scheduleOptions.parse(found.options) });
  const { views } = await submitJobs(submit, caller, { requests: [request] });
  const [view] = views;
  if (view === undefined) throw new Error('a submit of one job answered with none');
  await withRequestTimeout(noteRun(sql, key, view.id)).catch((error: unknown) => {
    log.warn({ err: error, schedule: name, jobId: view.id }, 'the run is not noted with its schedule');
  });
  return view;
}
