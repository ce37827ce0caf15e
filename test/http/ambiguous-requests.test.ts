import { once } from 'node:events';
import { beforeAll, expect, test } from 'vitest';
import { openRaw } from '../support/http/raw-http.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});

const good = { kind: 'test.noop', input: { value: 1 } };

async function expectProblem(response: Response, status: number, code: string): Promise<void> {
  expect([response.status, await response.json()]).toMatchObject([status, { code }]);
}

const bearer = `Authorization: Bearer ${testKey}`;
const body = JSON.stringify(good);
const sized = `Content-Length: ${body.length}`;
const json = 'Content-Type: application/json';
const submit = ['POST /v1/jobs HTTP/1.1', sized];

test.each<[string, string[], number, RegExp]>([
  ['no host', ['GET /v1/kinds HTTP/1.1', bearer], 400, /Host header/],
  ['two hosts', ['GET /v1/kinds HTTP/1.1', 'Host: a', 'Host: b', bearer], 400, /Host header/],
  ['a host with a space', ['GET /v1/kinds HTTP/1.1', 'Host: exa mple', bearer], 400, /Host header/],
  ['a host with a path', ['GET /v1/kinds HTTP/1.0', 'Host: a/b', bearer], 400, /Host header/],
  ['a URL of a user', ['GET http://u@a/v1/kinds HTTP/1.1', 'Host: a', bearer], 400, /user name/],
  ['two keys', ['GET /v1/kinds HTTP/1.1', 'Host: a', bearer, `${bearer}x`], 401, /error="invalid_token"/],
  [
    'two types of body',
    [...submit, 'Host: a', bearer, json, 'Content-Type: text/plain'],
    415,
    /^Accept: application\/json/m,
  ],
  ['an unknown coding', [...submit, 'Host: a', bearer, json, 'Content-Encoding: zstd'], 415, /^Accept-Encoding: gzip/m],
  ['an unknown expectation', [...submit, 'Host: a', bearer, json, 'Expect: a miracle'], 417, /100-continue/],
  [
    'two idempotency keys',
    [...submit, 'Host: a', bearer, json, 'Idempotency-Key: a', 'Idempotency-Key: b'],
    400,
    /one key/,
  ],
])('An ambiguous request is rejected with a problem document: %s', async (_what, lines, status, wanted) => {
  const { socket, closed } = openRaw(api.url);
  socket.write([...lines, 'Connection: close', '', lines.includes(sized) ? body : ''].join('\r\n'));
  const text = await closed;
  expect(text).toContain(`HTTP/1.1 ${status} `);
  expect(text).toContain('Content-Type: application/problem+json');
  expect(text).toMatch(wanted);
});

test.each<[string, string[], number]>([
  ['the address in full', ['GET http://elsewhere.test/v1/kinds HTTP/1.1', 'Host: a', bearer], 200],
  [
    'a header after thousands of others',
    ['GET /v1/kinds HTTP/1.1', ...Array<string>(2_500).fill('a:b'), 'Host: a', bearer],
    200,
  ],
  ['HTTP/1.0, which needs no host', ['GET /livez HTTP/1.0'], 200],
  ['OPTIONS *', ['OPTIONS * HTTP/1.1', 'Host: a'], 204],
  ['a type with a charset', [...submit, 'Host: a', bearer, `${json}; charset="UTF-8"`], 202],
])('An unusual but valid request is accepted: %s', async (_what, lines, status) => {
  const { socket, closed } = openRaw(api.url);
  socket.write([...lines, 'Connection: close', '', lines.includes(sized) ? body : ''].join('\r\n'));
  const text = await closed;
  expect(text).toContain(`HTTP/1.1 ${status} `);
  if (status === 204) expect(text).toMatch(/^Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r$/m);
});

test.each([
  ['HTTP/1.1', 'Connection: close', 3_000_000],
  ['HTTP/1.0', 'X-Forwarded-Proto: http', 3_000_000],
  ['HTTP/1.1', 'Connection: keep-alive', 8_000_000],
])(
  'A client of %s with %s reads the 413 of a body over the limit after it has sent all of it',
  async (version, header, bytes) => {
    const { socket, closed } = openRaw(api.url);
    socket.write(
      [`POST /v1/jobs ${version}`, 'Host: a', bearer, json, `Content-Length: ${bytes}`, header, '', ''].join('\r\n'),
    );
    for (let sent = 0; sent < bytes; sent += 100_000) {
      if (!socket.write(' '.repeat(100_000))) await once(socket, 'drain');
    }
    if (header.endsWith('keep-alive')) socket.end();
    expect((await closed).match(/^HTTP\/1.1 413 /gm)).toHaveLength(1);
  },
);

test.each([
  ['PUT', '/v1/schedules/nightly', { 'if-none-match': '*' }],
  ['DELETE', '/v1/jobs/job_none', { 'if-match': '"1-failed-4"' }],
  ['POST', '/v1/jobs', { 'if-match': '*' }],
])('A conditional %s %s is rejected and changes nothing', async (method, path, headers) => {
  const response = await api.request(path, { method, headers, body: good });
  await expectProblem(response, 412, 'precondition-failed');
});

test('The WWW-Authenticate challenge has no error without a key, and insufficient_scope with a key that lacks the scope', async () => {
  const challenge = async (key: string | null) =>
    (await api.request('/v1/keys', { key })).headers.get('www-authenticate');
  expect(await challenge(null)).toBe('Bearer realm="turno"');
  const reader = await addKey('ten_first', ['jobs:read']);
  expect(await challenge(reader)).toBe('Bearer realm="turno", error="insufficient_scope"');
});

test('Every list rejects an invalid cursor and an unknown parameter', async () => {
  for (const list of ['/v1/jobs', '/v1/deliveries', '/v1/tenants']) {
    for (const query of ['cursor=xyz', 'cursor=', 'colour=red', 'cursor=a&cursor=b']) {
      await expectProblem(await api.request(`${list}?${query}`), 422, 'invalid-request');
    }
  }
});

test('The answer to an output that was waited for in vain has Preference-Applied', async () => {
  const later = { ...good, options: { delaySeconds: 600 } };
  const { id } = (await (await api.request('/v1/jobs', { body: later })).json()) as { id: string };
  const response = await api.request(`/v1/jobs/${id}/output`, { headers: { prefer: 'wait=0' } });
  await expectProblem(response, 409, 'job-not-completed');
  expect(response.headers.get('preference-applied')).toBe('wait=0');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(590);
});
