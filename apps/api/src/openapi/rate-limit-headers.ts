import type { JsonSchema } from './schemas.ts';
import { headers } from './shorthand.ts';

type Operation = JsonSchema & { security?: unknown[]; responses: Record<string, JsonSchema> };

/** Adds to every answer of the operations that need a key how its bucket stands. Without a key there is no such bucket. */
export function withRateLimits(paths: Record<string, JsonSchema>): Record<string, JsonSchema> {
  return mapValues(paths, (path) => mapValues(path as Record<string, Operation>, describe));
}

function describe(operation: Operation): Operation {
  if (operation.security?.length === 0) return operation;
  const responses = mapValues(operation.responses, (response) => ({
    ...response,
    headers: { ...(response['headers'] as JsonSchema), ...headers('RateLimit-Policy', 'RateLimit') },
  }));
  return { ...operation, responses };
}

function mapValues<A, B>(record: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}
