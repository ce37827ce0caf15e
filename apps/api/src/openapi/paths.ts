import type { KindDescription } from '@turno/contract';
import { accountPaths } from './account-paths.ts';
import { cancelJob, deleteJob, pause, retryJob, retryJobs } from './change-paths.ts';
import { followJob } from './events-path.ts';
import { exampleJob } from './example-job.ts';
import { createFile, deleteFile, readFile } from './file-paths.ts';
import { listJobs } from './list-paths.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { runKind, submit, submitBatch } from './submit-paths.ts';
import { webhookPaths } from './webhook-paths.ts';
import { schedulePaths } from './schedule-paths.ts';
import { always, headers, jobPath, json, needs, parameter } from './shorthand.ts';

const notModified = {
  description: 'The client has it already',
  headers: headers('ETag', 'Retry-After', 'Preference-Applied'),
};

/** Every address with what it takes and all it may answer. */
export function apiPaths(kinds: readonly KindDescription[]): Record<string, JsonSchema> {
  return {
    '/v1/jobs': { get: listJobs, post: submit(kinds) },
    '/v1/jobs/batch': { post: submitBatch },
    '/v1/jobs/retry': { post: retryJobs },
    '/v1/jobs/{jobId}': { get: readJob, delete: deleteJob },
    '/v1/jobs/{jobId}/output': { get: readOutput(kinds) },
    '/v1/jobs/{jobId}/input': { get: readInput(kinds) },
    '/v1/jobs/{jobId}/events': { get: followJob },
    '/v1/jobs/{jobId}/cancel': { post: cancelJob },
    '/v1/jobs/{jobId}/retry': { post: retryJob },
    '/v1/files': { post: createFile },
    '/v1/files/{fileId}': { get: readFile, delete: deleteFile },
    '/v1/run/{kind}': { get: runKind(kinds) },
    ...schedulePaths,
    '/v1/kinds': { get: listKinds },
    '/v1/kinds/{kind}': { get: readKind(kinds) },
    '/v1/kinds/{kind}/pause': { post: pause('kind', 'pause') },
    '/v1/kinds/{kind}/resume': { post: pause('kind', 'resume') },
    '/v1/queues/{queue}/pause': { post: pause('queue', 'pause') },
    '/v1/queues/{queue}/resume': { post: pause('queue', 'resume') },
    ...accountPaths,
    ...webhookPaths,
    '/livez': { get: health('readLiveness', 'The process is alive', {}) },
    '/readyz': { get: health('readReadiness', 'Ready, or degraded without Redis', unready) },
    '/openapi.json': { get: openapi },
  };
}

const readJob: JsonSchema = {
  operationId: 'readJob',
  security: needs('jobs:read'),
  summary: 'Read a job, or wait for news of it',
  parameters: [parameter('jobId'), parameter('Prefer'), parameter('If-None-Match')],
  responses: {
    '200': {
      description: 'The job as it is now',
      headers: headers('ETag', 'Retry-After', 'Cache-Control', 'Preference-Applied'),
      content: json(refTo('Job'), { example: exampleJob }),
    },
    '304': notModified,
    ...problemResponses([...always, 'job-not-found'], jobPath),
  },
};

function readOutput(kinds: readonly KindDescription[]): JsonSchema {
  return {
    operationId: 'readOutput',
    security: needs('jobs:read'),
    summary: 'Read the bare output of a completed job',
    parameters: [parameter('jobId'), parameter('Prefer'), parameter('If-None-Match')],
    responses: {
      '200': {
        description: 'What the handler returned',
        headers: headers('ETag', 'Cache-Control', 'Preference-Applied'),
        content: json({ anyOf: kinds.map(({ name }) => refTo(`${name}.output`)) }),
      },
      '303': {
        description: 'It is a file: follow to its signed address',
        headers: headers('Location', 'Preference-Applied'),
      },
      '304': notModified,
      ...problemResponses([...always, 'job-not-found', 'job-not-completed'], `${jobPath}/output`),
    },
  };
}

function readInput(kinds: readonly KindDescription[]): JsonSchema {
  return {
    operationId: 'readInput',
    security: needs('jobs:read'),
    summary: 'Read the bare input of a job, defaults filled in',
    parameters: [parameter('jobId'), parameter('If-None-Match')],
    responses: {
      '200': {
        description: 'What the handler gets',
        headers: headers('ETag', 'Cache-Control'),
        content: json({ anyOf: kinds.map(({ name }) => refTo(`${name}.input`)) }),
      },
      '304': notModified,
      ...problemResponses([...always, 'job-not-found'], `${jobPath}/input`),
    },
  };
}

const listKinds: JsonSchema = {
  operationId: 'listKinds',
  security: needs('jobs:read'),
  summary: 'List the kinds of work',
  parameters: [parameter('If-None-Match')],
  responses: {
    '200': {
      description: 'The catalogue',
      headers: headers('ETag', 'Cache-Control'),
      content: json({
        type: 'object',
        properties: { kinds: { type: 'array', items: refTo('Kind') } },
        required: ['kinds'],
      }),
    },
    '304': notModified,
    ...problemResponses(always, '/v1/kinds'),
  },
};

function readKind(kinds: readonly KindDescription[]): JsonSchema {
  return {
    operationId: 'readKind',
    security: needs('jobs:read'),
    summary: 'Read one kind of work',
    parameters: [parameter('kind'), parameter('If-None-Match')],
    responses: {
      '200': {
        description: 'The kind',
        headers: headers('ETag', 'Cache-Control'),
        content: json(refTo('Kind'), kinds[0] ? { example: kinds[0] } : {}),
      },
      '304': notModified,
      ...problemResponses([...always, 'unknown-kind'], '/v1/kinds/no.such-kind'),
    },
  };
}

const statusDocument = json({
  type: 'object',
  properties: { status: { type: 'string' } },
  required: ['status'],
});
const unready = { '503': { description: 'Draining, or Postgres has been away for 5 s', content: statusDocument } };

function health(operationId: string, description: string, more: JsonSchema): JsonSchema {
  return {
    operationId,
    summary: description,
    security: [],
    responses: {
      '200': { description, content: statusDocument },
      ...more,
      ...problemResponses(['headers-too-large'], ''),
    },
  };
}

const openapi: JsonSchema = {
  operationId: 'readDocument',
  summary: 'This document',
  security: [],
  responses: {
    '200': {
      description: 'This document',
      headers: headers('ETag', 'Cache-Control'),
      content: json({ type: 'object' }),
    },
    '304': notModified,
    ...problemResponses(['headers-too-large'], ''),
  },
};
