import { expect, test } from 'vitest';
import { type AppDeps, buildApp } from '../../apps/api/src/app.ts';
import { describeApi } from '../../apps/api/src/openapi/describe-api.ts';
import { operations } from '../../apps/api/src/operations/index.ts';
import { toExpressPath } from '../../apps/api/src/router.ts';

interface Layer {
  route?: { path: string; stack: { method: string | undefined }[] };
}

/** Only the routes are read: no request comes, so nothing that an operation uses is there. */
const { express: app } = buildApp({ trustProxy: false, operationDeps: {} } as unknown as AppDeps);

/** What Express really has, by walking its stack. */
const registered = (app.router as unknown as { stack: Layer[] }).stack.flatMap(({ route }) =>
  route === undefined ? [] : route.stack.map(({ method }) => `${method ?? 'any other'} ${route.path}`),
);

const documented = Object.entries(describeApi(operations, []).paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method} ${path}`),
);

const named = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
const isLeftOut = (operation: (typeof operations)[number]) =>
  operation.scope === null && operation.documented === false;

test('Every route that Express has is an operation of the list, and every operation has its route', () => {
  const listed = operations.map(({ method, path }) => named({ method, path: toExpressPath(path) }));
  const answered405 = [...new Set(operations.map(({ path }) => `any other ${toExpressPath(path)}`))];
  expect(registered.length).toBeGreaterThan(90);
  expect(registered.toSorted()).toEqual([...listed, ...answered405].toSorted());
});

test('Every operation is in the document except the files of the docs page, and the document has no other', () => {
  expect(operations.filter(isLeftOut).map(({ path }) => path)).toEqual([
    '/docs',
    '/docs/start.js',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
  ]);
  const wanted = operations.filter((operation) => !isLeftOut(operation)).map(named);
  expect(documented.toSorted()).toEqual(wanted.toSorted());
  expect(documented).toEqual(expect.arrayContaining(['get /livez', 'get /readyz', 'get /openapi.json']));
});

test('No operation is described twice, by its id or by its method and path', () => {
  for (const names of [operations.map(({ operationId }) => operationId), operations.map(named)])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test('Every address below /v1 needs a key, and no other does', () => {
  const open = operations.filter(({ scope }) => scope === null).map(({ path }) => path);
  expect(open.filter((path) => path.startsWith('/v1/'))).toEqual([]);
  expect(operations.filter(({ path, scope }) => scope !== null && !path.startsWith('/v1/')).map(named)).toEqual([]);
});
