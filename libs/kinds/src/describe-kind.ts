import type { KindDescription } from '@turno/contract';
import { z } from 'zod';
import type { Kind, KindLimits } from './define-kind.ts';

type JsonSchema = Record<string, unknown>;

/** What the catalogue says of a kind. Generated from the schemas in use, so it cannot differ from what is enforced. */
export function describeKind({ kind, limits }: { kind: Kind; limits: Required<KindLimits> }): KindDescription {
  return {
    name: kind.name,
    version: kind.version,
    queue: kind.queue,
    description: kind.description,
    inputSchema: inputSchemaOf(kind),
    outputSchema: outputSchemaOf(kind),
    cacheable: kind.cacheable ?? false,
    // io handlers share the worker's memory, so no number would be true of them.
    limits: { ...limits, memoryMb: kind.queue === 'cpu' ? limits.memoryMb : null },
    example: kind.example,
  };
}

/**
 * JSON Schema 2020-12 of what a client sends. `onLenient` hears the path of every object that would drop unknown fields.
 * Throws when a type has no counterpart in JSON.
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

/** JSON Schema 2020-12 of the output a client reads. */
export function outputSchemaOf(kind: Kind): JsonSchema {
  return z.toJSONSchema(kind.output, { io: 'output' });
}
