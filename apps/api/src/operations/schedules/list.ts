import { scheduleList } from '@turno/contract';
import { readSchedules, withRequestTimeout } from '@turno/postgres';
import { toSchedule } from '@turno/schedules';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation } from '../operation.ts';
import { exampleSchedule } from './example-schedule.ts';
import { scheduleHeaders } from './schedule-key.ts';

export const listSchedules: Operation<Pick<OperationDeps, 'sql'>> = {
  method: 'get',
  path: '/v1/schedules',
  scope: 'jobs:read',
  operationId: 'listSchedules',
  summary: 'List all schedules by name, with their next and last runs',
  responses: {
    200: { description: 'All of them', content: { schema: scheduleList, example: { schedules: [exampleSchedule] } } },
  },
  problems: [],
  async run({ sql }, { caller }) {
    const schedules = (await withRequestTimeout(readSchedules(sql, caller.tenantId))).map(toSchedule);
    return jsonAnswer(200, { schedules }, scheduleHeaders);
  },
};
