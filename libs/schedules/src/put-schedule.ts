import { Problem, type Schedule, type ScheduleRequest } from '@turno/contract';
import { entryOf, ownWebhookOf, type SubmitDeps, toColumn, toTemplate } from '@turno/jobs';
import { withRequestTimeout, type Postgres, putSchedule as write, readClock, type ScheduleKey } from '@turno/postgres';
import { toSchedule } from './schedule-view.ts';
import { faultOf, nextSlot } from './slots.ts';

export interface PutDeps extends Pick<SubmitDeps, 'catalogue' | 'jobWebhooks'> {
  sql: Postgres['sql'];
  /** Of one tenant. */
  schedulesMax: number;
  retentionDays: number;
}

/**
 * Makes or replaces a schedule; it is kept once this resolves. The input is held against its kind now, not when the time comes, and the
 * webhook's address is judged now, and again by each delivery. Throws `unknown-kind`, `invalid-request` or `too-many-schedules`.
 */
export async function putSchedule(
  { sql, catalogue, jobWebhooks, schedulesMax, retentionDays }: PutDeps,
  key: ScheduleKey,
  request: ScheduleRequest,
): Promise<{ created: boolean; schedule: Schedule }> {
  const template = toTemplate(entryOf(catalogue, request.kind), request);
  const now = await withRequestTimeout(readClock(sql));
  const fault = faultOf(request, now);
  if (fault) {
    throw new Problem('invalid-request', { errors: [{ pointer: `/${fault.field}`, detail: fault.detail }] });
  }
  const webhook = await ownWebhookOf({ jobWebhooks }, key, { request, base: '' });
  const next = request.paused ? undefined : nextSlot(request, now);
  const stored = {
    ...request,
    ...key,
    input: JSON.stringify(request.input ?? null),
    options: JSON.stringify(request.options),
    template: JSON.stringify({ ...template, ...toColumn(webhook) }),
    nextRunAt: next?.toISOString() ?? null,
  };
  const limits = { schedulesMax, keepFilesDays: retentionDays };
  const put = await withRequestTimeout(write(sql, stored, limits));
  if (put === undefined) throw tooMany(schedulesMax);
  return { created: put.created, schedule: toSchedule(put.schedule) };
}

function tooMany(schedulesMax: number): Problem {
  return new Problem('too-many-schedules', { detail: `It may have ${schedulesMax}; delete one that is not needed.` });
}
