import type { Schedule } from '@turno/contract';
import { exampleJob, exampleJobId } from './example-job.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, json, needs, parameter } from './shorthand.ts';

const path = '/v1/schedules/nightly-report';
const example: Schedule = {
  name: 'nightly-report',
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  kind: 'math.sum-of-squares',
  input: { n: 1_000_000 },
  options: { priority: 0, deadlineSeconds: null, tags: ['nightly'], metadata: {} },
  paused: false,
  missed: 'skip',
  catchUpMax: 10,
  nextRunAt: '2026-11-23T01:30:00.000Z',
  lastRunAt: '2026-11-22T01:30:00.000Z',
  lastJobId: exampleJobId,
  lastSkippedAt: null,
  lastSkippedFor: null,
  createdAt: '2026-11-01T09:00:00.000Z',
  updatedAt: '2026-11-01T09:00:00.000Z',
};
const { cron, timezone, kind, input } = example;
const shown = json(refTo('Schedule'), { example });

const listSchedules: JsonSchema = {
  operationId: 'listSchedules',
  security: needs('jobs:read'),
  summary: 'List all schedules by name, with their next and last runs',
  responses: {
    '200': { description: 'All of them', content: json(refTo('ScheduleList'), { example: { schedules: [example] } }) },
    ...problemResponses(always, '/v1/schedules'),
  },
};

const readSchedule: JsonSchema = {
  operationId: 'readSchedule',
  security: needs('jobs:read'),
  summary: 'Read one schedule',
  parameters: [parameter('name')],
  responses: {
    '200': { description: 'The schedule', content: shown },
    ...problemResponses([...always, 'schedule-not-found'], path),
  },
};

const putSchedule: JsonSchema = {
  operationId: 'putSchedule',
  security: needs('jobs:write'),
  summary: 'Make or replace a schedule; paused stops it, and putting it again without goes on',
  description:
    'A time of day that the clock jumps over comes at the jump, one that it shows twice comes once; what comes every few minutes goes on.',
  parameters: [parameter('name')],
  requestBody: {
    required: true,
    content: json(refTo('ScheduleRequest'), { example: { cron, timezone, kind, input, missed: 'catch-up' } }),
  },
  responses: {
    '200': { description: 'Replaced', content: shown },
    '201': { description: 'Made', headers: headers('Location'), content: shown },
    ...problemResponses([...always, ...bodyRefusals, 'unknown-kind', 'too-many-schedules'], path),
  },
};

const deleteSchedule: JsonSchema = {
  operationId: 'deleteSchedule',
  security: needs('jobs:write'),
  summary: 'Delete a schedule; the jobs that it made stay',
  parameters: [parameter('name')],
  responses: {
    '204': { description: 'Deleted' },
    ...problemResponses([...always, 'schedule-not-found'], path),
  },
};

const runSchedule: JsonSchema = {
  operationId: 'runSchedule',
  security: needs('jobs:write'),
  summary: 'Submit the job of a schedule now, beside the clock',
  parameters: [parameter('name')],
  responses: {
    '202': {
      description: 'Accepted: the job is durable',
      headers: headers('Location', 'Retry-After'),
      content: json(refTo('Job'), { example: exampleJob }),
    },
    ...problemResponses([...always, 'schedule-not-found', 'unknown-kind', 'invalid-request'], `${path}/run`),
  },
};

export const schedulePaths: Record<string, JsonSchema> = {
  '/v1/schedules': { get: listSchedules },
  '/v1/schedules/{name}': { get: readSchedule, put: putSchedule, delete: deleteSchedule },
  '/v1/schedules/{name}/run': { post: runSchedule },
};
