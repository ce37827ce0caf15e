import { problemResponses } from './problem-responses.ts';
import type { JsonSchema } from './schemas.ts';

/** Adds to every operation that changes something what becomes of a change on a condition. */
export function withConditions(paths: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return Object.fromEntries(
    Object.entries(paths).map(([path, operations]) => [
      path,
      Object.fromEntries(
        Object.entries(operations as Record<string, JsonSchema>).map(([method, operation]) => {
          const responses = operation['responses'] as JsonSchema;
          if (method === 'get') return [method, operation];
          return [
            method,
            { ...operation, responses: { ...responses, ...problemResponses(['precondition-failed'], path) } },
          ];
        }),
      ),
    ]),
  );
}
