import { listQuery } from '@turno/contract';
import { z } from 'zod';
import { exampleJob } from './example-job.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, json, needs } from './shorthand.ts';

/** In words only: the docs page sends examples as they stand. */
const samples: Readonly<Record<string, string>> = {
  state: 'failed',
  kind: 'math.sum-of-squares',
  tag: 'nightly',
  createdAfter: '2026-11-22T00:00:00Z',
  createdBefore: '2026-11-23T00:00:00Z',
  q: 'timeout customer-17',
};

/** The query's parameters, from the very schema that it is parsed with. */
function parameters(): JsonSchema[] {
  return Object.entries(listQuery.shape).map(([name, field]) => {
    const { description, default: byDefault, ...schema } = describeField(field);
    const more = name === 'limit' ? { default: byDefault ?? '20' } : {};
    return {
      name,
      in: 'query',
      ...describe(description, samples[name]),
      schema: { ...schema, ...more },
    };
  });
}

function describe(description: unknown, sample: string | undefined): { description?: string } {
  const parts = [
    ...(typeof description === 'string' ? [description] : []),
    ...(sample ? [`Such as \`${sample}\``] : []),
  ];
  return parts.length === 0 ? {} : { description: parts.join('. ') };
}

function describeField(field: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...schema } = z.toJSONSchema(field, { io: 'input' }) as JsonSchema;
  if (schema['format'] === 'date-time') delete schema['pattern'];
  return schema;
}

export const listJobs: JsonSchema = {
  operationId: 'listJobs',
  security: needs('jobs:read'),
  summary: 'List jobs, newest first, by what they are and by words in them',
  parameters: parameters(),
  responses: {
    '200': {
      description: 'A page; one that is short, or empty, and has a `nextCursor` is not the last',
      content: json(refTo('JobList'), { example: { jobs: [exampleJob], nextCursor: null } }),
    },
    ...problemResponses([...always, 'invalid-request'], '/v1/jobs'),
  },
};
