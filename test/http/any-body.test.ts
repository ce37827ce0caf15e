import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { OpenApi } from '../support/http/conforms.ts';
import { startApi, type Api } from '../support/apps/start-api.ts';

let api: Api;
let targets: string[];
beforeAll(async () => {
  api = await startApi();
  const { paths } = (await (await api.request('/openapi.json')).json()) as OpenApi;
  targets = Object.entries(paths)
    .filter(([path, { post }]) => path.startsWith('/v1/') && post?.requestBody !== undefined)
    .map(([path]) => path.replaceAll(/\{\w+\}/g, 'x'));
  expect(targets).toContain('/v1/jobs');
});

const numRuns = 150;
/** Of 4xx only these: the request was looked at and refused for what it is. */
const refusals = [400, 404, 409, 413, 415, 422];

async function expectRefusalOrSuccess(path: string, body: string): Promise<void> {
  const response = await api.request(path, { body });
  if (!response.ok) expect(refusals).toContain(response.status);
}

test('Any JSON body is accepted or rejected as the OpenAPI document says, never with a 5xx', async () => {
  const property = fc.asyncProperty(fc.constantFrom(...targets), fc.json({ maxDepth: 5 }), expectRefusalOrSuccess);
  await fc.assert(property, { numRuns });
});

test('Any values in the fields of a submit are accepted or rejected as the OpenAPI document says', async () => {
  const almost = fc.record(
    {
      kind: fc.oneof(fc.constantFrom('test.noop', 'test.flaky', 'math.sum-of-squares'), fc.string()),
      input: fc.oneof(fc.jsonValue(), fc.record({ n: fc.double(), value: fc.string({ unit: 'binary' }) })),
      options: fc.record(
        {
          priority: fc.oneof(fc.integer(), fc.double()),
          delaySeconds: fc.oneof(fc.double(), fc.constant(null)),
          runAt: fc.oneof(fc.date().map(String), fc.string(), fc.constant('9999-12-31T23:59:59Z')),
          maxAttempts: fc.integer(),
          tags: fc.array(fc.string({ unit: 'binary' })),
          metadata: fc.dictionary(fc.string(), fc.jsonValue()),
          unknown: fc.anything(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );
  const property = fc.asyncProperty(almost, (body) => expectRefusalOrSuccess('/v1/jobs', JSON.stringify(body)));
  await fc.assert(property, { numRuns });
});

test('Any bytes posted as JSON are answered 400 or accepted', async () => {
  const property = fc.asyncProperty(fc.constantFrom(...targets), fc.string({ unit: 'binary' }), expectRefusalOrSuccess);
  await fc.assert(property, { numRuns });
});
