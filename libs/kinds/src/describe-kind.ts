import type { KindDescription } from '@turno/contract';
import { z } from 'zod';
import type { Kind, KindLimits } from './define-kind.ts';

type JsonSchema = Record<string, unknown>;

/** Builds the catalogue entry of a kind from the schemas in use, so that both never differ. */
export function describeKind({ kind, limits }: { kind: Kind; limits: Required<KindLimits> }): KindDescription {
  return {
    name: kind.name,
    version: kind.version,
    queue: kind.queue,
    description: kind.description,
    inputSchema: inputSchemaOf(kind),
    outputSchema: outputSchemaOf(kind),
    cacheable: kind.cacheable ?? false,
    // io handlers share the worker's memory, so that no number would be true.
    limits: { ...limits, memoryMb: kind.queue === 'cpu' ? limits.memoryMb : null },
    example: kind.example,
  };
}

/**
 * Builds the JSON Schema 2020-12 of the input.
 * Calls `onLenient` with the path of every object that would drop unknown fields. Throws for a type that JSON does not
 * have.
 */
export function inputSchemaOf(kind: Kind, onLenient: (path: readonly PropertyKey[]) => void = () => {}): JsonSchema {
  return z.toJSONSchema(kind.input, {
    io: 'input',
    override: ({ zodSchema, path }) => {
      const { def } = zodSchema._zod;
      if (def.type === 'object' && !('catchall' in def && def.catchall)) onLenient(path);
    },
  });
}

/** Builds the JSON Schema 2020-12 of the output. */
export function outputSchemaOf(kind: Kind): JsonSchema {
  return z.toJSONSchema(kind.output, { io: 'output' });
}
