import type { ProblemCode, Scope } from '@turno/contract';
import { exampleJobId } from './example-job.ts';
import type { JsonSchema } from './schemas.ts';

export const parameter = (name: string): JsonSchema => ({ $ref: `#/components/parameters/${name}` });

export const headers = (...names: string[]): JsonSchema =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

export const json = (schema: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  'application/json': { schema, ...more },
});

/** The problems that every guarded address may answer with. */
export const always: ProblemCode[] = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'rate-limited',
  'too-many-failures',
  'quota-exceeded',
  'internal-error',
  'store-unavailable',
];

export const jobPath = `/v1/jobs/${exampleJobId}`;

/** The problems that a body in JSON may have. */
export const bodyRefusals: ProblemCode[] = [
  'invalid-json',
  'payload-too-large',
  'unsupported-media-type',
  'invalid-request',
];

/** The scope that a key must have. */
export const needs = (scope: Scope): JsonSchema[] => [{ key: [scope] }];
