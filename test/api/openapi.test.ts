import { loadCatalogue, type Catalogue } from '@turno/kinds';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { describeApi } from '../../apps/api/src/openapi/describe-api.ts';
import { schemasInUse } from '../../apps/api/src/openapi/schemas.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startApi, type Api } from '../support/start-api.ts';

type Json = Record<string, unknown>;
interface Document extends Json {
  paths: Record<string, Record<string, { responses: Record<string, { content?: Record<string, { schema: Json }> }> }>>;
  components: { schemas: Record<string, Json> };
}

let api: Api;
let hand: JobsByHand;
let document: Document;
let catalogue: Catalogue;
beforeAll(async () => {
  [api, hand, catalogue] = await Promise.all([startApi(), jobsByHand(), loadCatalogue({ kindsDir: testKindsDir })]);
  document = (await (await api.request('/openapi.json', { key: null })).json()) as Document;
});
afterAll(() => hand.close());

const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;

test('The document is valid OpenAPI 3.1 and follows from the catalogue of kinds', async () => {
  const { valid, errors } = await new Validator().validate(asJson(document));
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document).toEqual(asJson(describeApi(catalogue)));
});

describe('the document comes from the schemas in use', () => {
  const { answered, sent } = schemasInUse;
  const fields = Object.entries({ ...answered, ...sent }).flatMap(([name, schema]) =>
    Object.keys((schema as z.ZodObject).shape).map((field) => [name, field] as const),
  );

  test.each(fields)('The document changes when %s.%s is removed from its schema', (name, field) => {
    const without = <T extends Record<string, z.ZodType>>(schemas: T): T => {
      const schema = schemas[name];
      if (!(schema instanceof z.ZodObject)) return schemas;
      const { [field]: _gone, ...shape } = schema.shape;
      return { ...schemas, [name]: z.object(shape) };
    };
    const changed = asJson(describeApi(catalogue, { answered: without(answered), sent: without(sent) })) as Document;
    expect(document.components.schemas[name]).toHaveProperty(['properties', field]);
    expect(changed.components.schemas[name]).not.toHaveProperty(['properties', field]);
  });

  test('The document changes when the input or output of a kind changes', () => {
    for (const [name, { kind }] of catalogue) {
      const { [name]: _gone, ...rest } = Object.fromEntries(catalogue);
      expect(asJson(describeApi(new Map(Object.entries(rest))))).not.toEqual(document);
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

test('Every route that answers is in the document with each problem that it may answer', () => {
  const { paths } = document;
  expect(Object.keys(paths)).toEqual([
    '/v1/jobs',
    '/v1/jobs/batch',
    '/v1/jobs/retry',
    '/v1/jobs/{jobId}',
    '/v1/jobs/{jobId}/output',
    '/v1/jobs/{jobId}/input',
    '/v1/jobs/{jobId}/events',
    '/v1/jobs/{jobId}/cancel',
    '/v1/jobs/{jobId}/retry',
    '/v1/files',
    '/v1/files/{fileId}',
    '/v1/run/{kind}',
    '/v1/schedules',
    '/v1/schedules/{name}',
    '/v1/schedules/{name}/run',
    '/v1/kinds',
    '/v1/kinds/{kind}',
    '/v1/kinds/{kind}/pause',
    '/v1/kinds/{kind}/resume',
    '/v1/queues/{queue}/pause',
    '/v1/queues/{queue}/resume',
    '/v1/usage',
    '/v1/keys',
    '/v1/keys/{keyId}',
    '/v1/tenants',
    '/v1/tenants/{tenantId}',
    '/v1/tenants/{tenantId}/keys',
    '/v1/plans',
    '/v1/plans/{plan}',
    '/v1/queues',
    '/v1/endpoints',
    '/v1/endpoints/{endpointId}',
    '/v1/endpoints/{endpointId}/rotate-secret',
    '/v1/endpoints/{endpointId}/redeliver',
    '/v1/deliveries',
    '/v1/deliveries/{deliveryId}',
    '/v1/deliveries/{deliveryId}/redeliver',
    '/livez',
    '/readyz',
    '/openapi.json',
  ]);
  expect(Object.keys(paths['/v1/jobs']?.['post']?.responses ?? {})).toEqual([
    '200',
    '202',
    '400',
    '401',
    '403',
    '404',
    '412',
    '413',
    '415',
    '422',
    '429',
    '500',
    '503',
  ]);
});

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
