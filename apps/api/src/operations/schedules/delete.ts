import { Problem } from '@turno/contract';
import { deleteSchedule as remove, withRequestTimeout } from '@turno/postgres';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { scheduleHeaders, scheduleKeyOf } from './schedule-key.ts';

export const deleteSchedule: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'delete',
  path: '/v1/schedules/{name}',
  scope: 'jobs:write',
  operationId: 'deleteSchedule',
  summary: 'Delete a schedule; the jobs that it made stay',
  responses: { 204: { description: 'Deleted' } },
  problems: ['schedule-not-found'],
  async run({ sql }, { caller, req }) {
    const deleted = await withRequestTimeout(remove(sql, scheduleKeyOf(req, caller.tenantId)));
    if (!deleted) throw new Problem('schedule-not-found');
    return { status: 204, headers: scheduleHeaders };
  },
};
