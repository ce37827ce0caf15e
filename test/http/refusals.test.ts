import { gzipSync } from 'node:zlib';
import { newId } from '@turno/contract';
import { beforeAll, describe, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { addKey, startApi, type Api } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi(withConstants({ http: { bodyBytesMax: 100_000 } }));
});

const good = { kind: 'test.noop', input: { value: 1 } };

async function expectProblem(response: Response, status: number, code: string): Promise<Record<string, unknown>> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({
    type: `urn:turno:problem:${code}`,
    title: expect.any(String) as string,
    status,
    detail: expect.any(String) as string,
    instance: new URL(response.url).pathname,
    code,
    requestId: response.headers.get('x-request-id'),
  });
  return problem;
}

describe('A request without a valid key is answered 401', () => {
  test.each([
    ['no header', {}],
    ['another scheme', { authorization: `Basic ${testKey}` }],
    ['no key in it', { authorization: 'Bearer' }],
    ['something that is no key', { authorization: 'Bearer hello' }],
    ['a key that does not exist', { authorization: `Bearer tno_live_${'9'.repeat(26)}_${'t'.repeat(43)}` }],
    ['a key with another secret', { authorization: `Bearer ${testKey.slice(0, -1)}u` }],
  ])('A request is answered 401: %s', async (_what, headers) => {
    const response = await api.request('/v1/jobs', { key: null, body: good, headers });
    await expectProblem(response, 401, 'unauthorized');
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('Every path below /v1 of the OpenAPI document answers 401 without a key', async () => {
    const { paths } = (await (await api.request('/openapi.json')).json()) as { paths: Record<string, object> };
    const guarded = Object.entries(paths).filter(([path]) => path.startsWith('/v1/'));
    expect(guarded.length).toBeGreaterThan(5);
    for (const [path, methods] of guarded) {
      for (const method of Object.keys(methods)) {
        const address = path.replaceAll(/\{\w+\}/g, 'x');
        await expectProblem(
          await api.request(address, { key: null, method: method.toUpperCase() }),
          401,
          'unauthorized',
        );
      }
    }
  });
});

test('A key without the required scope is answered 403, for reads and for writes', async () => {
  const reader = await addKey('ten_first', ['jobs:read']);
  const writer = await addKey('ten_first', ['jobs:write']);
  await expectProblem(await api.request('/v1/jobs', { key: reader, body: good }), 403, 'forbidden');
  await expectProblem(await api.request('/v1/kinds', { key: writer }), 403, 'forbidden');
  const response = await api.request('/v1/jobs', { key: writer, body: good });
  expect(response.status).toBe(202);
  const { id } = (await response.json()) as { id: string };
  await expectProblem(await api.request(`/v1/jobs/${id}`, { key: writer }), 403, 'forbidden');
  expect((await api.request(`/v1/jobs/${id}`, { key: reader })).status).toBe(200);
});

describe('A missing resource is answered 404', () => {
  test('An unknown path is answered 404', async () => {
    await expectProblem(await api.request('/v2/jobs'), 404, 'not-found');
    await expectProblem(await api.request('/v1/jobs/'), 404, 'not-found');
    await expectProblem(await api.request('/V1/jobs', { body: good }), 404, 'not-found');
  });

  test('A missing job and an invalid job id are answered 404', async () => {
    for (const id of [newId('job'), 'job_1', 'x', newId('key'), `${newId('job')}'--`, '%00', 'a'.repeat(2_000)]) {
      for (const part of ['', '/input', '/output']) {
        await expectProblem(await api.request(`/v1/jobs/${id}${part}`), 404, 'job-not-found');
      }
    }
  });

  test('A job of another tenant is answered 404 like a missing job', async () => {
    const { id } = (await (await api.request('/v1/jobs', { body: good })).json()) as { id: string };
    const stranger = await addKey('ten_second', ['jobs:read', 'jobs:write']);
    for (const part of ['', '/input', '/output']) {
      const headers = { prefer: 'wait=1' };
      const foreign = await api.request(`/v1/jobs/${id}${part}`, { key: stranger, headers });
      const missing = await api.request(`/v1/jobs/${newId('job')}${part}`, { key: stranger, headers });
      const [a, b] = [
        await expectProblem(foreign, 404, 'job-not-found'),
        await expectProblem(missing, 404, 'job-not-found'),
      ];
      expect({ ...a, instance: '', requestId: '' }).toEqual({ ...b, instance: '', requestId: '' });
    }
  });

  test('An unknown kind is answered 404', async () => {
    await expectProblem(await api.request('/v1/jobs', { body: { kind: 'no.such' } }), 404, 'unknown-kind');
    await expectProblem(await api.request('/v1/jobs', { body: { kind: '__proto' } }), 404, 'unknown-kind');
    await expectProblem(await api.request('/v1/kinds/no.such'), 404, 'unknown-kind');
    await expectProblem(await api.request('/v1/kinds/constructor'), 404, 'unknown-kind');
  });
});

test('A wrong method is answered 405 with the allowed methods', async () => {
  const response = await api.request('/v1/jobs', { method: 'DELETE' });
  await expectProblem(response, 405, 'method-not-allowed');
  expect(response.headers.get('allow')).toBe('GET, HEAD, POST, OPTIONS');
  const options = await api.request('/v1/kinds', { method: 'OPTIONS', key: null });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
});

test('A path that cannot be decoded is answered 400', async () => {
  await expectProblem(await api.request('/v1/jobs/%zz'), 400, 'bad-request');
});

describe('A body that is not acceptable JSON is answered 400', () => {
  test.each([
    ['not JSON', '{', 'JSON'],
    ['empty', '', 'empty'],
    ['too deep', `{"kind":"test.noop","input":{"value":${'['.repeat(32)}${']'.repeat(32)}}}`, 'deeper than 32'],
    ['a prototype key', '{"kind":"test.noop","input":{"value":{"__proto__":{"admin":true}}}}', '__proto__'],
    ['NUL', String.raw`{"kind":"test.noop","input":{"value":"\u0000"}}`, '/input/value contains NUL'],
    ['a lone surrogate', String.raw`{"kind":"test.noop","options":{"tags":["\ud800"]}}`, '/options/tags/0'],
    ['an unsafe integer', '{"kind":"test.noop","input":{"value":9007199254740993}}', '/input/value'],
    ['an infinite number', '{"kind":"test.noop","input":{"value":1e999}}', '/input/value'],
  ])('A body with a fault is answered 400: %s', async (_what, body, reason) => {
    const problem = await expectProblem(await api.request('/v1/jobs', { body }), 400, 'invalid-json');
    expect(problem['detail']).toContain(reason);
  });

  test('A body that is not UTF-8 is answered 400', async () => {
    const body = Buffer.from([0x22, 0xff, 0x22]);
    const headers = { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' };
    await expectProblem(await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body }), 400, 'invalid-json');
  });
});

describe('A body of another media type is answered 415', () => {
  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'text/json',
    'multipart/form-data; boundary=json',
    'application/json; charset=utf-16',
    '',
  ])('A body of the type %s is answered 415', async (type) => {
    const response = await api.request('/v1/jobs', { body: JSON.stringify(good), headers: { 'content-type': type } });
    await expectProblem(response, 415, 'unsupported-media-type');
  });

  test('An unknown content encoding is answered 415', async () => {
    const headers = { 'content-encoding': 'compress' };
    await expectProblem(await api.request('/v1/jobs', { body: good, headers }), 415, 'unsupported-media-type');
  });

  test.each([
    'application/json;charset=UTF-8',
    'Application/JSON',
    'application/vnd.api+json',
    'application/json ; x=y',
  ])('A body of type %s is not answered 415', async (type) => {
    expect((await api.request('/v1/jobs', { body: good, headers: { 'content-type': type } })).status).toBe(202);
  });
});

describe('A body that is too large is answered 413', () => {
  const huge = JSON.stringify({ kind: 'test.noop', input: { value: 'x'.repeat(200_000) } });

  test('A body that is too large by its declared length is answered 413 without 100 Continue', async () => {
    const { socket, closed } = openRaw(api.url);
    socket.write(
      `POST /v1/jobs HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${testKey}\r\nContent-Type: application/json\r\n` +
        'Content-Length: 100001\r\nExpect: 100-continue\r\n\r\n',
    );
    const received = await closed;
    expect(received).toMatch(/^HTTP\/1.1 413 /);
    expect(received).toContain('"payload-too-large"');
  });

  test('A body that is too large by its declared length is answered 413', async () => {
    await expectProblem(await api.request('/v1/jobs', { body: huge }), 413, 'payload-too-large');
  });

  test('A body that becomes too large as it arrives is answered 413', async () => {
    const body = new Blob([huge]).stream();
    const response = await fetch(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      body,
      duplex: 'half',
    });
    await expectProblem(response, 413, 'payload-too-large');
  });

  test('A body that is too large after decompression is answered 413', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    await expectProblem(await postGzip(bomb), 413, 'payload-too-large');
  });

  test('A compressed body within the limit is accepted', async () => {
    expect((await postGzip(gzipSync(JSON.stringify(good)))).status).toBe(202);
    await expectProblem(await postGzip(Buffer.from('not gzip')), 400, 'invalid-json');
    await expectProblem(await postGzip(gzipSync(JSON.stringify(good)).subarray(0, 20)), 400, 'invalid-json');
  });

  function postGzip(body: Buffer): Promise<Response> {
    return fetch(`${api.url}/v1/jobs`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: new Uint8Array(body),
    });
  }
});

describe('An invalid request is answered 422 with all faults and their pointers', () => {
  test('Faults of the request and of the input are answered together', async () => {
    const body = {
      kind: 'test.flaky',
      input: { failures: -1, permanent: 'no', 'a/b': 1 },
      options: { priority: 101, colour: 'red', tags: ['ok', ''] },
      extra: 1,
    };
    const { errors, detail } = await expectProblem(await api.request('/v1/jobs', { body }), 422, 'invalid-request');
    expect(detail).toBe('There are 7 faults, see errors.');
    const pointers = (errors as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers.sort()).toEqual([
      '/extra',
      '/input/a~1b',
      '/input/failures',
      '/input/permanent',
      '/options/colour',
      '/options/priority',
      '/options/tags/1',
    ]);
  });

  test.each([
    ['a body that is no object', [1], ['']],
    ['no kind', {}, ['/kind']],
    ['a kind that is no text', { kind: 1 }, ['/kind']],
    ['an input that is missing', { kind: 'test.flaky' }, ['/input']],
    ['both delays', { ...good, options: { delaySeconds: 1, runAt: new Date().toISOString() } }, ['/options/runAt']],
    ['a time after 9999 in UTC', { ...good, options: { runAt: '9999-12-31T23:59:59-12:00' } }, ['/options/runAt']],
    ['a time more than 366 days ahead', { ...good, options: { runAt: '2999-01-01T00:00:00Z' } }, ['/options/runAt']],
    ['a time that is none', { ...good, options: { runAt: 'tomorrow' } }, ['/options/runAt']],
    ['attempts out of range', { ...good, options: { maxAttempts: 0 } }, ['/options/maxAttempts']],
    ['a backoff that is none', { ...good, options: { backoff: { seconds: 1 } } }, ['/options/backoff']],
    ['metadata over 4 KiB', { ...good, options: { metadata: { a: 'x'.repeat(4_096) } } }, ['/options/metadata']],
  ])('A request with a fault is answered 422 with its pointers: %s', async (_what, body, pointers) => {
    const { errors, detail } = await expectProblem(await api.request('/v1/jobs', { body }), 422, 'invalid-request');
    expect((errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers);
    expect((errors as { detail: string }[]).map((one) => one.detail)).not.toContain('Invalid input');
    expect(detail).toBe('There is one fault, see errors.');
  });
});

test('The log contains every request and no secret', async () => {
  const query = '?token=hidden-in-the-query';
  // Whoever wants to revoke a key may take the whole of it for its id.
  const revoked = await api.request(`/v1/keys/${testKey}`, { method: 'DELETE' });
  expect(await revoked.text()).not.toContain('t'.repeat(43));
  const { socket, closed } = openRaw(api.url);
  socket.write(
    'GET http://me:hidden-in-the-address@turno.test/nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
  );
  expect(await closed).toContain('"instance":"/nowhere"');
  const response = await api.request(`/v1/jobs/${newId('job')}${query}`, {
    headers: { 'x-request-id': 'looked-for', traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
  });
  expect(response.headers.get('x-request-id')).toBe('looked-for');
  const line = await eventually(() => {
    const found = api.app.log().find(({ requestId }) => requestId === 'looked-for');
    if (found === undefined) throw new Error('no line yet');
    return found;
  });
  expect(line).toMatchObject({
    msg: 'request',
    method: 'GET',
    status: 404,
    code: 'job-not-found',
    tenantId: 'ten_first',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  expect(api.app.output()).not.toContain('hidden-in');
  expect(api.app.output()).not.toContain('t'.repeat(43));
});
