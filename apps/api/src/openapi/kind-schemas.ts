import type { KindDescription } from '@turno/contract';
import type { JsonSchema } from '../operations/operation.ts';

type Kinds = readonly KindDescription[];

const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/**
 * Makes the schemas of each kind: its input, its output and the body of its submit.
 * That body is the common envelope with the kind's name and input in it. Inputs and outputs have an `$id`, since
 * references inside them are relative to themselves.
 */
export function kindSchemas(kinds: Kinds, envelope: JsonSchema): Record<string, JsonSchema> {
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

/** The body of a submit of any kind; the field `kind` discriminates. */
export function anySubmit(kinds: Kinds): JsonSchema {
  const mapping = Object.fromEntries(kinds.map(({ name }) => [name, `#/components/schemas/${name}.submit`]));
  return {
    oneOf: kinds.map(({ name }) => refTo(`${name}.submit`)),
    discriminator: { propertyName: 'kind', mapping },
  };
}

/** A submit of each kind, by its name. */
export function exampleSubmits(kinds: Kinds): JsonSchema {
  return Object.fromEntries(kinds.map(({ name, example }) => [name, { value: { kind: name, input: example } }]));
}

export function anyInput(kinds: Kinds): JsonSchema {
  return { anyOf: kinds.map(({ name }) => refTo(`${name}.input`)) };
}

export function anyOutput(kinds: Kinds): JsonSchema {
  return { anyOf: kinds.map(({ name }) => refTo(`${name}.output`)) };
}

export function anyCacheableOutput(kinds: Kinds): JsonSchema {
  return anyOutput(kinds.filter(({ cacheable }) => cacheable));
}
