import { z } from 'zod';
import type { JsonSchema } from '../operations/operation.ts';

type Io = 'input' | 'output';

/** JSON Schema 2020-12 of every schema that was converted, those with an id once, by that name. */
export interface Schemas {
  /** A reference for a schema with an id, else the schema itself. */
  of: (schema: z.ZodType, io: Io) => JsonSchema;
  /** The schemas that have an id and those that they refer to. */
  components: Record<string, JsonSchema>;
}

/**
 * Converts the schemas of requests and answers. Requests are described as sent, before defaults are filled in.
 */
export function convertSchemas({ sent, answered }: { sent: z.ZodType[]; answered: z.ZodType[] }): Schemas {
  const input = convert(sent, 'input');
  const output = convert(answered, 'output');
  const inBoth = Object.keys(input.components).filter((name) => name in output.components);
  if (inBoth.length > 0) throw new Error(`schemas both sent and answered need two ids: ${inBoth.join(', ')}`);
  return {
    of: (schema, io) => (io === 'input' ? input : output).of(schema),
    components: { ...output.components, ...input.components },
  };
}

function convert(schemas: z.ZodType[], io: Io) {
  const keys = new Map([...new Set(schemas)].map((schema, index) => [schema, `s${index}`]));
  const all = z.object(Object.fromEntries([...keys].map(([schema, key]) => [key, schema])));
  const converted = z.toJSONSchema(all, {
    io,
    override: ({ zodSchema, jsonSchema }) => {
      Object.assign(jsonSchema, { description: z.globalRegistry.get(zodSchema)?.description });
      dropNoise(jsonSchema, io);
    },
  });
  const { properties, $defs = {} } = inComponents(converted);
  return {
    of: (schema: z.ZodType): JsonSchema => properties[keys.get(schema) ?? ''] ?? {},
    components: Object.fromEntries(Object.entries($defs).map(([name, { id: _id, ...schema }]) => [name, schema])),
  };
}

/** Points references at the place where the document keeps schemas. */
function inComponents(converted: object) {
  const text = JSON.stringify(converted).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as { properties: Record<string, JsonSchema>; $defs?: Record<string, JsonSchema> };
}

/**
 * Drops details that readers should not rely on: the pattern of a date-time, the bounds of a double.
 */
function dropNoise(schema: z.core.JSONSchema.BaseSchema, io: Io): void {
  if (schema.format === 'date-time') delete schema.pattern;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  // Clients must accept fields that come later; requests are held to the known fields.
  if (io === 'output' && schema.additionalProperties === false) delete schema.additionalProperties;
  if (schema.description === undefined) delete schema.description;
}
