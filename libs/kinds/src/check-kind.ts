import { isDeepStrictEqual } from 'node:util';
import { backoff, queueNames } from '@turno/contract';
import { z } from 'zod';
import type { Kind } from './define-kind.ts';
import { inputSchemaOf, outputSchemaOf } from './describe-kind.ts';

const schema = z.custom<z.ZodType>(
  (value) => typeof value === 'object' && value !== null && '_zod' in value,
  'must be a schema of zod 4, imported from "zod"',
);

const kindShape = z.strictObject({
  name: z.string(),
  version: z.int().min(1),
  queue: z.enum(queueNames),
  description: z.string().min(1),
  input: schema,
  output: schema,
  example: z.unknown(),
  cacheable: z.boolean().optional(),
  cacheableWhen: z.custom((value) => typeof value === 'function', 'must be a function of the input').optional(),
  limits: z
    .strictObject({
      timeoutSeconds: z.number().min(0.1).max(86_400).optional(),
      maxAttempts: z.int().min(1).max(100).optional(),
      backoff: backoff.optional(),
      // Node does not start with less.
      memoryMb: z.int().min(96).max(65_536).optional(),
      ratePerMinute: z.int().min(1).max(1_000_000).nullable().optional(),
    })
    .optional(),
});

/**
 * Checks the export `kind` of a kind file and returns it.
 * Throws an error that names the fault and the mend. A checked kind has a JSON Schema, rejects unknown input fields,
 * and has a valid example.
 */
export function checkKind(name: string, exported: unknown): Kind {
  if (exported === undefined) throw new Error('has no export kind; write export const kind = defineKind({ … })');
  const shape = kindShape.safeParse(exported);
  if (!shape.success) {
    throw new Error(shape.error.issues.map((issue) => `kind.${issue.path.join('.')}: ${issue.message}`).join('; '));
  }
  const kind = exported as Kind;
  if (kind.name !== name) throw new Error(`kind.name is ${kind.name}, but its folder is ${name}; make them equal`);
  checkSchemas(kind);
  checkExample(kind);
  return kind;
}

function checkSchemas(kind: Kind): void {
  const lenient: string[] = [];
  requireJsonSchema('input', () => inputSchemaOf(kind, (path) => lenient.push(['input', ...path].join('.'))));
  requireJsonSchema('output', () => outputSchemaOf(kind));
  if (lenient.length > 0) {
    throw new Error(
      `${lenient.join(', ')}: drops unknown fields silently; use z.strictObject, or z.looseObject to accept them`,
    );
  }
}

function requireJsonSchema(field: string, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`kind.${field} has no JSON Schema (${reason}); use only types that JSON has`, { cause: error });
  }
}

/** A handler gets the parsed input from its stored JSON, so that JSON must not change the input. */
function checkExample(kind: Kind): void {
  const parsed = kind.input.safeParse(kind.example);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the input'}: ${issue.message}`);
    throw new Error(`kind.example is not a valid input (${faults.join('; ')})`);
  }
  const stored: unknown = JSON.parse(JSON.stringify(parsed.data) ?? 'null');
  if (!isDeepStrictEqual(stored, dropUndefined(parsed.data))) {
    throw new Error(
      'kind.input parses to a value that JSON cannot represent; convert, for example to a Date, in run.ts',
    );
  }
}

function dropUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropUndefined);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([key, field]) => [key, dropUndefined(field)]),
  );
}
