import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createLog } from '@turno/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeApp } from '../../apps/api/src/app.ts';
import { createCors } from '../../apps/api/src/http/response/cors.ts';
import { createDrain } from '../../apps/api/src/http/stream/drain.ts';
import { createPathMatch } from '../../apps/api/src/match-path.ts';
import { operations } from '../../apps/api/src/operations/index.ts';
import type { OpenOperation } from '../../apps/api/src/operations/operation.ts';
import { routesOf } from '../../apps/api/src/router.ts';
import { createApiServer } from '../../apps/api/src/server.ts';
import { testLimits } from '../support/apps/server-limits.ts';
import { openRaw } from '../support/http/raw-http.ts';

/** The paths and methods of the API; each operation answers with all that it can read of the request's address. */
const routes = routesOf(
  operations.map((operation): OpenOperation<null> => ({
    ...operation,
    scope: null,
    run: (_deps, { req }) => {
      if (req.params['jobId'] === 'throws') throw new Error('planted');
      const { params, query, path, originalUrl, ip, hostname } = req;
      const read = { operationId: operation.operationId, params, query, path, originalUrl, ip, hostname };
      return { status: 200, body: JSON.stringify(read) };
    },
  })),
  { admission: undefined as never, operationDeps: null },
);
const log = createLog('test', 'silent');
const service = { log, requestLog: log, logRefusal: () => {}, drain: createDrain(), cors: createCors([]) };
const app = composeApp({ service: { ...service, stalledWriteMs: 1_000 }, trustProxy: false }, routes);
const limits = { ...testLimits, requestsPerSocketMax: 0, headersTimeoutMs: 10_000, requestTimeoutMs: 10_000 };
const servers = {
  both: createApiServer(app.express, limits, app.listener),
  expressAlone: createApiServer(app.express, limits),
};
beforeAll(async () => {
  for (const server of Object.values(servers)) await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => Object.values(servers).forEach((server) => server.close()));

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const filled = (path: string, value: string) => path.replaceAll(/\{\w+\}/g, value);
const paths = [...new Set(operations.map(({ path }) => path))];

const hostileValues = [
  ...'% %2 %2F %2f %00 %E0%A4 %C3%A9 a%20b . .. ... a.b - ~ _ a;b a:b a@b a*b a+b a,b a=b a&b a|b'.split(' '),
  ..."a'b (a) [a] <a> {jobId} :jobId a! $ ^ ` \\ throws batch __proto__".split(' '),
  'a"b',
  'x'.repeat(3_000),
];

const spellings = (path: string) =>
  [
    [`${path}/`, `/${path}`, `${path}//`, path.toUpperCase(), path.replace('/v1', '/v1/.'), `${path}?`, `${path}%0a`],
    [`${path}?a=1&a=2`, `${path}?__proto__=1`, `${path}#f`, `${path}?#f`, `${path}/?`, `${path};v=1`],
    [`http://h${path}`, `http://h:1${path}?a`, `https://u@h${path}`, `ftp://h${path}`],
  ].flat();
const elsewhere = '* /v1 /v1/ // /v1//jobs /v1/jobs//input /nothing http://h /v1/jobs/a/b/c'.split(' ');

const targets = [
  ...paths.map((path) => filled(path, 'x')),
  ...['/v1/jobs/{jobId}', '/v1/kinds/{kind}', '/v1/jobs/{jobId}/output'].flatMap((path) =>
    hostileValues.map((value) => filled(path, value)),
  ),
  ...['/v1/jobs', '/v1/jobs/x', '/v1/jobs/x/input', '/', '/livez'].flatMap(spellings),
  ...elsewhere,
];

const heads = [
  ['Host: a'],
  ['Host: a', 'Expect: a miracle'],
  ['Host: a', 'Host: b'],
  ['Host: a/b'],
  [],
  ['Host: a', 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'X-Forwarded-For: 192.0.2.1'],
  ['Host: a', 'If-Match: "x"', 'Authorization: Basic eA=='],
];

const requests = [
  ...targets.flatMap((target) => methods.map((method) => ({ method, target, head: heads[0] ?? [] }))),
  ...heads.flatMap((head) =>
    ['/v1/jobs', '/v1/jobs/x', '/v1/jobs/%2F', '/nothing'].flatMap((target) =>
      ['GET', 'POST', 'PUT'].map((method) => ({ method, target, head })),
    ),
  ),
].map(({ method, target, head }, index) => ({
  name: `${method} ${target.slice(0, 100)} ${head.join(', ')}`,
  bytes: Buffer.from(
    [`${method} ${target} HTTP/1.1`, ...head, `X-Request-Id: n-${index}-`, '', ''].join('\r\n'),
    'latin1',
  ),
}));

/** Sends all requests on one connection. Returns the answers by the ids of their requests. */
async function answersOf(server: (typeof servers)['both']): Promise<Map<string, string>> {
  const { port } = server.address() as AddressInfo;
  const { socket, closed } = openRaw(`http://127.0.0.1:${port}`);
  for (const { bytes } of requests) socket.write(bytes);
  socket.write('GET /last HTTP/1.1\r\nHost: a\r\nX-Request-Id: last\r\nConnection: close\r\n\r\n');
  const answers = (await closed).split(/(?=HTTP\/1\.1 \d{3} )/);
  return new Map(answers.map((answer) => [/^X-Request-Id: (\S+)/m.exec(answer)?.[1] ?? '', withoutTimes(answer)]));
}

const withoutTimes = (answer: string) => answer.replace(/^Date: .*/m, '').replace(/^Server-Timing: .*/m, '');

test('Each request gets the same answer with the match before the router as from Express alone', async () => {
  const [both, expressAlone] = [await answersOf(servers.both), await answersOf(servers.expressAlone)];
  expect(expressAlone.size).toBe(requests.length + 1);
  requests.forEach(({ name }, index) => {
    const id = `n-${index}-`;
    expect([name, both.get(id)]).toEqual([name, expressAlone.get(id)]);
  });
});

const match = createPathMatch(routes);

test('Each operation is found before the router by its method and a plain path', () => {
  const handlers = new Map(routes.map(({ path, handlers: byMethod }) => [path, byMethod]));
  for (const { method, path } of operations) {
    const found = match(method.toUpperCase(), filled(path, 'a-1_b.c~'));
    expect([method, path, found?.handler]).toEqual([method, path, handlers.get(path)?.get(method.toUpperCase())]);
    expect(Object.values(found?.params ?? {})).toEqual([...path.matchAll(/\{/g)].map(() => 'a-1_b.c~'));
  }
});

test('A request that Express may read in another way is left to Express', () => {
  const plain = '/v1/jobs? /v1/jobs/ /v1/jobs/%78 /V1/jobs //v1/jobs http://h/v1/jobs /v1/jobs/a;b /v1/jobs/a?b';
  const left = [...plain.split(' '), '', '/v1/jobs\n', '/v1/jobs/a\n', '/v1/jobs/a#', '/v1/jobs/a/'];
  expect(left.filter((target) => match('GET', target) !== undefined)).toEqual([]);
  expect(['HEAD', 'OPTIONS', 'get', 'TRACE'].filter((method) => match(method, '/v1/jobs') !== undefined)).toEqual([]);
  expect(match('GET', '/v1/jobs/batch')).toBeUndefined(); // a path without GET, which the id of a job would match too
});
