import * as contract from '@turno/contract';
import { describeKind, loadCatalogue, type Catalogue } from '@turno/kinds';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../apps/api/src/openapi/describe-api.ts';
import { operations } from '../../apps/api/src/operations/index.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startApi, type Api } from '../support/apps/start-api.ts';

type Json = Record<string, unknown>;
interface Document extends Json {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: Json }> }> }>>;
  components: { schemas: Record<string, Json> };
}

let api: Api;
let hand: JobsByHand;
let document: Document;
let catalogue: Catalogue;
const kindsOf = (of: Catalogue) => [...of.values()].map(describeKind);
beforeAll(async () => {
  [api, hand, catalogue] = await Promise.all([startApi(), jobsByHand(), loadCatalogue({ kindsDir: testKindsDir })]);
  document = (await (await api.request('/openapi.json', { key: null })).json()) as Document;
});
afterAll(() => hand.close());

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;

// These come first: while the tests below compute, the API may close the connection that the next request would use.
test('No answer has a field that the document lacks', async () => {
  const { id } = (await (await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as {
    id: string;
  };
  await hand.start(id);
  const known = new Map(Object.entries(document.components.schemas).map(([name, schema]) => [name, fieldsOf(schema)]));
  const job = (await (await api.request(`/v1/jobs/${id}`)).json()) as { attempts: Json[] };
  expect(Object.keys(job)).toEqual(known.get('Job'));
  expect(Object.keys(job.attempts[0] ?? {})).toEqual(known.get('JobAttempt'));
  const kind = (await (await api.request('/v1/kinds/test.noop')).json()) as Json;
  expect(Object.keys(kind)).toEqual(known.get('Kind'));
  const problem = (await (await api.request('/nowhere')).json()) as Json;
  expect(Object.keys(problem)).toEqual(known.get('Problem')?.filter((field) => field !== 'errors'));
});

const fieldsOf = (schema: Json): string[] => Object.keys(schema['properties'] as Json);

test('Each example of a submit in the document is accepted', async () => {
  const { kinds } = (await (await api.request('/v1/kinds')).json()) as { kinds: { name: string; example: unknown }[] };
  expect(kinds.map(({ name }) => name)).toEqual([...catalogue.keys()]);
  for (const { name, example } of kinds) {
    const response = await api.request('/v1/jobs', { body: { kind: name, input: example } });
    expect([name, response.status]).toEqual([name, 202]);
  }
});

test('The document is valid OpenAPI 3.1 and follows from the catalogue of kinds', async () => {
  const { valid, errors } = await new Validator().validate(asJson(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document).toEqual(asJson(describeApi(operations, kindsOf(catalogue))));
});

/** The schemas of bodies and answers that operations hold, each once. */
const objectsInUse = new Set(
  operations
    .flatMap(({ request, responses }) => [request?.body, ...Object.values(responses).map(({ content }) => content)])
    .flatMap((content) => (content?.schema instanceof z.ZodObject ? [content.schema] : [])),
);

type Content = NonNullable<NonNullable<(typeof operations)[number]['request']>['body']>;

/** The operations with the field at `index` taken away from each schema that has so many. */
function withoutField(index: number): typeof operations {
  const reduced = new Map<unknown, z.ZodType>();
  for (const schema of objectsInUse) {
    const shape = Object.fromEntries(Object.entries(schema.shape).filter((_field, at) => at !== index));
    if (Object.keys(schema.shape).length > index) reduced.set(schema, z.object(shape));
  }
  const swap = (content: Content): Content => ({ ...content, schema: reduced.get(content.schema) ?? content.schema });
  return operations.map((operation) => ({
    ...operation,
    ...(operation.request?.body && { request: { ...operation.request, body: swap(operation.request.body) } }),
    responses: Object.fromEntries(
      Object.entries(operation.responses).map(([status, { content, ...rest }]) => [
        status,
        { ...rest, ...(content && { content: swap(content) }) },
      ]),
    ),
  }));
}

/** The fields of every body and answer of the document, by operation and status. */
function fieldsOfContents({ paths, components }: Document): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { path, method, request, responses } of operations) {
    const described = paths[path]?.[method] as { requestBody?: Described; responses: Record<string, Described> };
    const contents = [
      ['body', request?.body, described?.requestBody] as const,
      ...Object.entries(responses).map(([status, { content }]) => {
        return [status, content, described?.responses[status]] as const;
      }),
    ];
    for (const [name, content, shown] of contents) {
      if (!(content?.schema instanceof z.ZodObject)) continue;
      const { schema = {} } = shown?.content?.['application/json'] ?? {};
      const named = components.schemas[String(schema['$ref']).split('/').pop() ?? ''];
      const properties = ((named ?? schema)['properties'] ?? {}) as Json;
      found.set(`${method} ${path} ${name}`, Object.keys(properties));
    }
  }
  return found;
}

interface Described {
  content?: Record<string, { schema: Json }>;
}

describe('the document comes from the schemas in use', () => {
  test('The document loses a field when it is removed from the schema of a body or an answer', () => {
    const whole = fieldsOfContents(document);
    expect(whole.size).toBeGreaterThan(50);
    const mostFields = Math.max(...[...objectsInUse].map(({ shape }) => Object.keys(shape).length));
    for (let index = 0; index < mostFields; index += 1) {
      const changed = asJson(describeApi(withoutField(index), kindsOf(catalogue))) as Document;
      for (const [name, fields] of fieldsOfContents(changed)) {
        expect([name, fields]).toEqual([name, whole.get(name)?.filter((_field, at) => at !== index)]);
      }
    }
  });

  test('The document has the fields of each schema of the contract, by its id', () => {
    const named = Object.values(contract).flatMap((value) => {
      const id = value instanceof z.ZodObject ? z.globalRegistry.get(value)?.id : undefined;
      return value instanceof z.ZodObject && id !== undefined ? [[id, Object.keys(value.shape)] as const] : [];
    });
    expect(named.length).toBeGreaterThan(35);
    for (const [id, fields] of named) {
      expect([id, Object.keys((document.components.schemas[id]?.['properties'] ?? {}) as Json)]).toEqual([id, fields]);
    }
  });

  test('The document changes when the input or output of a kind changes', () => {
    for (const [name, { kind }] of catalogue) {
      const { [name]: _gone, ...rest } = Object.fromEntries(catalogue);
      expect(asJson(describeApi(operations, kindsOf(new Map(Object.entries(rest)))))).not.toEqual(document);
      for (const [part, schema] of [
        ['input', kind.input],
        ['output', kind.output],
      ] as const) {
        const fields = Object.keys((schema as z.ZodObject).shape);
        expect(Object.keys(document.components.schemas[`${name}.${part}`]?.['properties'] ?? {})).toEqual(fields);
      }
    }
  });
});

test('The document describes a submit with each status that it may answer', () => {
  const { paths } = document;
  expect(Object.keys(paths['/v1/jobs']?.['post']?.responses ?? {})).toEqual([
    '200',
    '202',
    '400',
    '401',
    '403',
    '404',
    '410',
    '412',
    '413',
    '415',
    '422',
    '429',
    '500',
    '503',
  ]);
});
