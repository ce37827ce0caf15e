import type { KindDescription } from '@turno/contract';
import { refTo, type JsonSchema } from './schemas.ts';

/**
 * The body of a submit for each kind: the common envelope with the kind's name and the kind's own input in it. Each input keeps an
 * `$id`, since references inside it are relative to itself.
 */
export function kindSchemas(kinds: readonly KindDescription[], envelope: JsonSchema): Record<string, JsonSchema> {
  return Object.fromEntries(
    kinds.flatMap(({ name, version, description, inputSchema, outputSchema }) => [
      [`${name}.submit`, submitOf(name, description, envelope)],
      [`${name}.input`, { $id: `urn:turno:kind:${name}:${version}:input`, ...inputSchema }],
      [`${name}.output`, { $id: `urn:turno:kind:${name}:${version}:output`, ...outputSchema }],
    ]),
  );
}

function submitOf(name: string, description: string, envelope: JsonSchema): JsonSchema {
  const properties = envelope['properties'] as JsonSchema;
  return {
    ...envelope,
    description,
    properties: { ...properties, kind: { type: 'string', const: name }, input: refTo(`${name}.input`) },
    required: ['kind', 'input'],
  };
}

/** Any of the kinds, told apart by the field `kind`. */
export function anySubmit(kinds: readonly KindDescription[]): JsonSchema {
  const mapping = Object.fromEntries(kinds.map(({ name }) => [name, `#/components/schemas/${name}.submit`]));
  return {
    oneOf: kinds.map(({ name }) => refTo(`${name}.submit`)),
    discriminator: { propertyName: 'kind', mapping },
  };
}
