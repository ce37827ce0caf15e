import type { KindDescription, ProblemCode } from '@turno/contract';
import { exampleJob } from './example-job.ts';
import { anySubmit } from './kind-schemas.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, json, needs, parameter } from './shorthand.ts';

const refusals: ProblemCode[] = [
  'invalid-idempotency-key',
  ...bodyRefusals,
  'job-not-found',
  'idempotency-key-reused',
  'too-many-jobs-waiting',
  'backlog-full',
];

export function submit(kinds: readonly KindDescription[]): JsonSchema {
  const examples = kinds.map(({ name, example }) => [name, { value: { kind: name, input: example } }] as const);
  const job = json(refTo('Job'), { example: exampleJob });
  return {
    operationId: 'submitJob',
    security: needs('jobs:write'),
    summary: 'Submit a job',
    parameters: [parameter('Prefer'), parameter('Idempotency-Key'), parameter('traceparent')],
    requestBody: { required: true, content: json(anySubmit(kinds), { examples: Object.fromEntries(examples) }) },
    responses: {
      '200': {
        description:
          'The finished job, when the client preferred to wait and it ended in time, or when the request is a repeat or takes a shared result',
        headers: headers(
          'Location',
          'Content-Location',
          'ETag',
          'Preference-Applied',
          'Idempotency-Replayed',
          'Age',
          'Cache-Status',
        ),
        content: job,
      },
      '202': {
        description: 'Accepted: the job is durable',
        headers: headers('Location', 'Retry-After', 'Preference-Applied', 'Idempotency-Replayed', 'Cache-Status'),
        content: job,
      },
      ...problemResponses([...always, ...refusals, 'unknown-kind'], '/v1/jobs'),
    },
  };
}

export const submitBatch: JsonSchema = {
  operationId: 'submitBatch',
  security: needs('jobs:write'),
  summary: 'Submit up to 1,000 jobs, all or none',
  parameters: [parameter('Idempotency-Key'), parameter('traceparent')],
  requestBody: {
    required: true,
    content: json(refTo('BatchRequest'), {
      example: { jobs: [1, 2].map((n) => ({ kind: 'math.sum-of-squares', input: { n } })) },
    }),
  },
  responses: {
    '202': {
      description: 'Accepted: the jobs are durable, in the order in which they came',
      headers: headers('Idempotency-Replayed'),
      content: json(
        { type: 'object', properties: { jobs: { type: 'array', items: refTo('Job') } }, required: ['jobs'] },
        { example: { jobs: [exampleJob] } },
      ),
    },
    ...problemResponses([...always, ...refusals], '/v1/jobs/batch'),
  },
};

const resultHeaders = headers('Content-Location', 'ETag', 'Cache-Control', 'Age', 'Cache-Status', 'Preference-Applied');

/** `GET /v1/run/{kind}`, for the kinds whose results are shared. */
export function runKind(kinds: readonly KindDescription[]): JsonSchema {
  const cacheable = kinds.filter((kind) => kind.cacheable);
  return {
    operationId: 'runKind',
    security: needs('jobs:write'),
    summary: 'Get the result of a cacheable kind, shared with all who want the same',
    parameters: [
      parameter('kind'),
      {
        name: 'input',
        in: 'query',
        description: 'The fields of the input, each a parameter of its own; lists by repeating the name',
        style: 'form',
        explode: true,
        schema: { type: 'object', additionalProperties: true },
        example: { n: 1_000 },
      },
      parameter('Prefer'),
      parameter('If-None-Match'),
    ],
    responses: {
      '200': {
        description: 'The bare result',
        headers: resultHeaders,
        content: json({ anyOf: cacheable.map(({ name }) => refTo(`${name}.output`)) }),
      },
      '202': {
        description: 'Not ready yet: the job',
        headers: headers('Location', 'Retry-After', 'Cache-Status', 'Preference-Applied'),
        content: json(refTo('Job'), { example: exampleJob }),
      },
      '304': { description: 'The client has it already', headers: resultHeaders },
      ...problemResponses(
        [
          ...always,
          'unknown-kind',
          'job-not-found',
          'invalid-request',
          'job-failed',
          'too-many-jobs-waiting',
          'backlog-full',
        ],
        '/v1/run/math.sum-of-squares',
      ),
    },
  };
}
