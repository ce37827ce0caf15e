import { createConfig, lintFromString } from '@redocly/openapi-core';
import { expect, test } from 'vitest';
import { startApi } from '../support/apps/start-api.ts';

/** No licence is named, since the software comes without one; whoever runs it may publish the document under theirs. */
const rules = { 'info-license': 'off' } as const;

test('The recommended rules of the OpenAPI linter find no problem in the document', async () => {
  const api = await startApi();
  const source = await (await api.request('/openapi.json')).text();
  const config = await createConfig({ extends: ['recommended'], rules });
  const found = await lintFromString({ source, absoluteRef: 'openapi.json', config });
  expect(found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer])).toEqual([]);
});
