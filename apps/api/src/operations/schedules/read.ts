import { Problem, schedule } from '@turno/contract';
import { readSchedule as find, withRequestTimeout } from '@turno/postgres';
import { toSchedule } from '@turno/schedules';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleSchedule } from './example-schedule.ts';
import { scheduleHeaders, scheduleKeyOf } from './schedule-key.ts';

export const readSchedule: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/schedules/{name}',
  scope: 'jobs:read',
  operationId: 'readSchedule',
  summary: 'Read one schedule',
  responses: { 200: { description: 'The schedule', content: { schema: schedule, example: exampleSchedule } } },
  problems: ['schedule-not-found'],
  async run({ sql }, { caller, req }) {
    const found = await withRequestTimeout(find(sql, scheduleKeyOf(req, caller.tenantId)));
    if (found === undefined) throw new Problem('schedule-not-found');
    return jsonAnswer(200, toSchedule(found), scheduleHeaders);
  },
};
