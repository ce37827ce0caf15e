import { Problem } from '@turno/contract';
import { describeFlaw } from './strict-json.ts';

type JsonSchema = Record<string, unknown>;

const number = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * Converts a query to an input of the types in `schema`.
 * A parameter of a list type becomes a list, whether it came once or more often. A value that does not look like its
 * type stays text, and the schema rejects it later. Throws `invalid-request` for values that no body may contain
 * either.
 */
export function inputFromQuery(query: Readonly<Record<string, unknown>>, schema: JsonSchema): Record<string, unknown> {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const input = Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      toType(value, Object.hasOwn(properties, name) ? properties[name] : {}),
    ]),
  );
  const flaw = describeFlaw(input);
  if (flaw) throw new Problem('invalid-request', { detail: flaw });
  return input;
}

function toType(value: unknown, schema: JsonSchema = {}): unknown {
  const types = typesOf(schema);
  if (types.has('array') && !types.has('string')) {
    return (Array.isArray(value) ? value : [value]).map((item) => toType(item, schema['items'] as JsonSchema));
  }
  if (typeof value !== 'string' || types.has('string')) return value;
  if ((types.has('number') || types.has('integer')) && number.test(value)) return Number(value);
  if (types.has('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  return types.has('null') && value === 'null' ? null : value;
}

/** Collects the types of a schema and of all its branches. */
function typesOf(schema: JsonSchema): Set<string> {
  const own = schema['type'] === undefined ? [] : [schema['type']].flat().map(String);
  const branches = [schema['anyOf'], schema['oneOf']].flatMap((list) =>
    Array.isArray(list) ? (list as JsonSchema[]) : [],
  );
  const named = Array.isArray(schema['enum']) || 'const' in schema ? ['string'] : [];
  const all = [...own, ...branches.flatMap((branch) => [...typesOf(branch)])];
  return new Set(all.length > 0 ? all : named);
}
