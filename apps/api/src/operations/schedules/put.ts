import {
  type FaultList,
  faultList,
  joinFaults,
  parseBounded,
  Problem,
  schedule,
  scheduleName,
  scheduleRequest,
} from '@turno/contract';
import { putSchedule as put } from '@turno/schedules';
import { readJsonBody } from '../../http/request/read-json-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleSchedule } from './example-schedule.ts';
import { scheduleHeaders, scheduleKeyOf } from './schedule-key.ts';

const { cron, timezone, kind, input } = exampleSchedule;
const body: SentBody<typeof scheduleRequest> = {
  schema: scheduleRequest,
  example: { cron, timezone, kind, input, missed: 'catch-up' },
};

export const putSchedule: Operation<Pick<OperationDeps, 'bodyBytesMax' | 'schedules'>> = {
  method: 'put',
  path: '/v1/schedules/{name}',
  scope: 'jobs:write',
  operationId: 'putSchedule',
  summary: 'Make or replace a schedule; paused stops it, and putting it again without goes on',
  description:
    'A time of day that the clock skips in spring is due at the jump, a time that it repeats in autumn is due once; ' +
    'intervals such as every ten minutes go on.',
  request: { body },
  responses: {
    200: { description: 'Replaced', content: { schema: schedule, example: exampleSchedule } },
    201: { description: 'Made', content: { schema: schedule, example: exampleSchedule }, headers: ['Location'] },
  },
  problems: ['unknown-kind', 'too-many-schedules'],
  async run({ bodyBytesMax, schedules }, { caller, req }) {
    const parsed = parseBounded(body.schema, await readJsonBody(req, bodyBytesMax));
    const key = scheduleKeyOf(req, caller.tenantId);
    const errors = joinFaults(nameFaults(key.name), ...(parsed.success ? [] : [parsed.faults]));
    if (!parsed.success || errors.count > 0) throw new Problem('invalid-request', { errors });
    const { created, schedule: shown } = await put(schedules, key, parsed.data);
    const headers = { ...scheduleHeaders, Location: created ? `/v1/schedules/${key.name}` : undefined };
    return jsonAnswer(created ? 201 : 200, shown, headers);
  },
};

function nameFaults(name: string): FaultList {
  if (scheduleName.test(name)) return faultList([]);
  const detail =
    'the name must begin with a small letter or digit and hold only these, dots, dashes and underscores, 100 at most';
  return faultList([{ pointer: '', detail }]);
}
