import { formatTime, Problem, type Schedule, type ScheduleRequest } from '@turno/contract';
import { type Catalogue, parseJobRequest, type SubmitDeps, toColumn, toTemplate, vetOwnWebhooks } from '@turno/jobs';
import {
  mayPutSchedule,
  withRequestTimeout,
  type Postgres,
  putSchedule as write,
  readClock,
  type ScheduleKey,
} from '@turno/postgres';
import { toSchedule } from './schedule-view.ts';
import { faultOf, nextSlot } from './slots.ts';

export interface PutDeps extends Pick<SubmitDeps, 'vetJobWebhooks'> {
  catalogue: Catalogue;
  sql: Postgres['sql'];
  /** Schedules of one tenant. */
  schedulesMax: number;
  retentionDays: number;
}

/**
 * Creates or replaces a schedule.
 * It is committed once this resolves. The input is checked against its kind now, not when a slot is due. The
 * webhook's address is checked now and by each delivery. Throws `unknown-kind`, `invalid-request` or
 * `too-many-schedules`.
 */
export async function putSchedule(
  { sql, catalogue, vetJobWebhooks, schedulesMax, retentionDays }: PutDeps,
  key: ScheduleKey,
  request: ScheduleRequest,
): Promise<{ created: boolean; schedule: Schedule }> {
  const template = toTemplate(parseJobRequest(catalogue, request));
  const now = await withRequestTimeout(readClock(sql));
  const fault = faultOf(request, now);
  if (fault) {
    throw new Problem('invalid-request', { errors: [{ pointer: `/${fault.field}`, detail: fault.detail }] });
  }
  const jobs = [{ options: request.options, base: '' }];
  const webhooks = await vetOwnWebhooks(vetJobWebhooks, { tenantId: key.tenantId, jobs });
  // Before the endpoint of a new origin is inserted: a refused request leaves no row.
  if (webhooks.hasNew && !(await withRequestTimeout(mayPutSchedule(sql, key, schedulesMax))))
    throw tooMany(schedulesMax);
  const [webhook] = await webhooks.register();
  const next = request.paused ? undefined : nextSlot(request, now);
  const stored = {
    ...request,
    ...key,
    input: JSON.stringify(request.input ?? null),
    options: JSON.stringify(request.options),
    template: JSON.stringify({ ...template, ...toColumn(webhook) }),
    nextRunAt: next === undefined ? null : formatTime(next),
  };
  const limits = { schedulesMax, keepFilesDays: retentionDays };
  const put = await withRequestTimeout(write(sql, stored, limits));
  if (put === undefined) throw tooMany(schedulesMax);
  return { created: put.created, schedule: toSchedule(put.schedule) };
}

function tooMany(schedulesMax: number): Problem {
  return new Problem('too-many-schedules', {
    detail: `A tenant may have ${schedulesMax} schedules; delete one that is not needed.`,
  });
}
