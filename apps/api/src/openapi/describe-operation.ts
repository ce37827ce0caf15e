import type { KindDescription } from '@turno/contract';
import type {
  Content,
  JsonSchema,
  OpenOperation,
  Operation,
  RequestParts,
  ResponseParts,
} from '../operations/operation.ts';
import { headersOf } from './headers.ts';
import { examplePath, parametersOf } from './parameters.ts';
import { problemResponses, problemsOf } from './problem-responses.ts';
import type { Schemas } from './schemas.ts';

export interface DescribeParts {
  kinds: readonly KindDescription[];
  schemas: Schemas;
}

/** Describes one operation as OpenAPI does, with all that its scope, method and request imply. */
export function describeOperation(
  operation: Operation<never> | OpenOperation<never>,
  parts: DescribeParts,
): JsonSchema {
  const { path, scope, operationId, summary, description, request = {} } = operation;
  const parameters = parametersOf(path, request);
  const responses = {
    ...successResponses(operation.responses, request, parts),
    ...problemResponses(problemsOf(operation), examplePath(path)),
  };
  return {
    tags: [tagOf(path)],
    operationId,
    summary: scope === 'operator' ? `${summary}; only for a key of the operator tenant` : summary,
    ...(description !== undefined && { description }),
    security: scope === null ? [] : [{ key: [scope === 'operator' ? 'admin' : scope] }],
    ...(parameters.length > 0 && { parameters }),
    ...(request.body && {
      requestBody: {
        required: true,
        content: { 'application/json': describeContent(request.body, parts, 'input') },
      },
    }),
    responses: scope === null ? responses : withRateLimits(responses),
  };
}

/** Groups operations by the first part of their path below the version. */
function tagOf(path: string): string {
  return path.startsWith('/v1/') ? (path.split('/')[2] ?? '') : 'service';
}

function successResponses(
  responses: Operation<never>['responses'],
  request: RequestParts,
  parts: DescribeParts,
): Record<string, JsonSchema> {
  const described = Object.entries(responses).map(([status, response]) => {
    const { description, content, contentType = 'application/json', alsoAs } = response;
    const other = alsoAs === undefined ? {} : { [alsoAs]: { schema: { type: 'string' } } };
    return [
      status,
      {
        description,
        headers: headersOf(headerNames(status, response, request)),
        ...(content && { content: { [contentType]: describeContent(content, parts, 'output'), ...other } }),
      },
    ] as const;
  });
  return { ...Object.fromEntries(described), ...notModified(responses[200], request) };
}

/** RFC 9110, section 15.4.5: a 304 has the headers that the 200 would have. */
function notModified(ok: ResponseParts | undefined, request: RequestParts): Record<string, JsonSchema> {
  if (!request.conditional || !ok) return {};
  const names = headerNames('200', ok, request);
  return { '304': { description: 'The client has it already', headers: headersOf(names) } };
}

function headerNames(status: string, { headers = [] }: ResponseParts, request: RequestParts): Set<string> {
  return new Set([
    ...headers,
    ...(request.conditional && status === '200' ? ['ETag'] : []),
    ...(request.waits ? ['Preference-Applied'] : []),
    ...(request.idempotent ? ['Idempotency-Replayed'] : []),
  ]);
}

function describeContent(
  { schema, example, examples }: Content,
  { kinds, schemas }: DescribeParts,
  io: 'input' | 'output',
): JsonSchema {
  return {
    schema: typeof schema === 'function' ? schema(kinds) : schemas.of(schema, io),
    ...(example !== undefined && { example }),
    ...(examples && { examples: examples(kinds) }),
  };
}

/** Every answer to a key says how its bucket stands; without a key there is no bucket. */
function withRateLimits(responses: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      {
        ...response,
        headers: { ...(response['headers'] as JsonSchema), ...headersOf(['RateLimit-Policy', 'RateLimit']) },
      },
    ]),
  );
}
