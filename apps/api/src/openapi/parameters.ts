import { queueNames } from '@turno/contract';
import { z } from 'zod';
import { exampleDelivery } from '../operations/deliveries/example-delivery.ts';
import { exampleEndpoint } from '../operations/endpoints/example-endpoint.ts';
import { exampleFileId } from '../operations/files/example-file.ts';
import { exampleJobId } from '../operations/jobs/example-job.ts';
import { exampleKey } from '../operations/keys/example-key.ts';
import type { JsonSchema, RequestParts } from '../operations/operation.ts';
import { exampleTenant } from '../operations/tenants/example-tenant.ts';

const text = { type: 'string' };
const queueName = { type: 'string', enum: [...queueNames] };

/** An example of each parameter that a path may have, by name. */
const pathExamples: Readonly<Record<string, string>> = {
  jobId: exampleJobId,
  fileId: exampleFileId,
  endpointId: exampleEndpoint.id,
  deliveryId: exampleDelivery.id,
  keyId: exampleKey.id,
  tenantId: exampleTenant.id,
  name: 'nightly-report',
  kind: 'math.sum-of-squares',
  queue: 'cpu',
  plan: 'free',
};

/** Parameters in headers. They have no example: the docs page would send it with every request. */
const inHeaders: Readonly<Record<string, string>> = {
  Prefer: '`wait=N` (RFC 7240): answer when there is news, or after N seconds; more than 60 is applied as 60',
  'Idempotency-Key':
    'Makes a repeat safe for 24 hours: the same request with the same key is answered with the same job, as it is ' +
    'then. A rate limit may refuse it, a spent quota or a full backlog does not. When a job of the request was erased ' +
    'since, it is answered 410 `job-erased` and submits nothing. At most 255 characters; quoted and ' +
    'bare are one: `"8e03978e-40d5-43dd-bc93-6894a57f9324"`',
  traceparent:
    'W3C Trace Context: stands in the log lines of the job, and goes on with the requests of its handler: ' +
    '`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`',
  'Last-Event-ID':
    'The `id` of the last event that the client received: the stream goes on after it, or with one `state` when the ' +
    'id is not known any more',
  'If-None-Match':
    'The `ETag` of an earlier answer; with `Prefer: wait` the answer is held until the state is another one',
};

/** The parameters that operations refer to by name. */
export const sharedParameters: Readonly<Record<string, JsonSchema>> = Object.fromEntries([
  ...Object.entries(pathExamples).map(([name, example]): [string, JsonSchema] => [
    name,
    { name, in: 'path', required: true, schema: name === 'queue' ? queueName : text, example },
  ]),
  ...Object.entries(inHeaders).map(([name, description]): [string, JsonSchema] => [
    name,
    { name, in: 'header', description, schema: text },
  ]),
]);

/** The names in braces of a path. */
function pathParameterNames(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
}

/** The path with an example for each of its parameters. */
export function examplePath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, (_braced, name: string) => pathExamples[name] ?? name);
}

/** Describes all parameters of an operation: of its path, of its query, and those that its flags imply. */
export function parametersOf(path: string, request: RequestParts): JsonSchema[] {
  const named = [
    ...pathParameterNames(path),
    ...(request.waits ? ['Prefer'] : []),
    ...(request.conditional ? ['If-None-Match'] : []),
    ...(request.idempotent ? ['Idempotency-Key', 'traceparent'] : []),
    ...(request.headers ?? []),
  ];
  return [
    ...named.map((name) => ({ $ref: `#/components/parameters/${name}` })),
    ...(request.query ? queryParameters(request.query, request.samples ?? {}) : []),
    ...(request.inputInQuery ? [inputInQuery] : []),
  ];
}

const inputInQuery: JsonSchema = {
  name: 'input',
  in: 'query',
  description: 'The fields of the input, each a parameter of its own; lists by repeating the name',
  style: 'form',
  explode: true,
  schema: { type: 'object', additionalProperties: true },
  example: { n: 1_000 },
};

/**
 * Describes the query from the schema that it is parsed with.
 * Samples stand in words: the docs page sends examples as they stand.
 */
function queryParameters(query: z.ZodObject, samples: Readonly<Record<string, string>>): JsonSchema[] {
  return Object.entries(query.shape).map(([name, field]) => {
    const { $schema: _dialect, description, ...schema } = z.toJSONSchema(field, { io: 'input' }) as JsonSchema;
    if (schema['format'] === 'date-time') delete schema['pattern'];
    const sample = samples[name] === undefined ? [] : [`Such as \`${samples[name]}\``];
    const words = [...(typeof description === 'string' ? [description] : []), ...sample].join('. ');
    return { name, in: 'query', ...(words !== '' && { description: words }), schema };
  });
}
