import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createOutbound, type Outbound } from '@turno/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** The answer of the server per path. `/echo` returns the received request. */
const answers: Record<string, Answer> = {
  '/echo': (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers } = request;
      response.end(JSON.stringify({ method, headers, body: Buffer.concat(chunks).toString() }));
    });
  },
  '/error': (_request, response) => response.writeHead(503).end('busy'),
  '/loop': (_request, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/301': (_request, response) => response.writeHead(301, { location: '/echo' }).end(),
  '/303': (_request, response) => response.writeHead(303, { location: '/echo' }).end(),
  '/307': (_request, response) => response.writeHead(307, { location: '/echo' }).end(),
  '/elsewhere': (_request, response) =>
    response.writeHead(307, { location: `${base.replace('127.0.0.1', '127.0.0.2')}/echo` }).end(),
  '/utf8': (_request, response) =>
    response.writeHead(302, { location: Buffer.from('/münchen?preis=€').toString('latin1') }).end(),
  '/latin1': (_request, response) => response.writeHead(302, { location: '/m\u00fcnchen' }).end(),
  '/escaped': (_request, response) => response.writeHead(302, { location: '/m%c3%bcnchen%25' }).end(),
  '/m%C3%BCnchen?preis=%E2%82%AC': (_request, response) => response.end('escaped once'),
  '/m%FCnchen': (_request, response) => response.end('the same byte'),
  '/m%c3%bcnchen%25': (_request, response) => response.end('as it came'),
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setImmediate(() => response.destroy());
  },
  '/no-gzip': (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('plain'),
  '/large': (_request, response) => response.end(Buffer.alloc(3_000_000, 'x')),
  '/bomb': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024))),
  '/torn': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(9_000)).subarray(0, 20)),
  '/zipped': (_request, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a'.repeat(90))),
  '/nothing': (_request, response) => response.writeHead(204, { 'content-encoding': 'br' }).end(),
  '/silent': () => {},
  '/drip': (request, response) => {
    const timer = setInterval(() => response.write('.'), 20);
    request.socket.on('close', () => clearInterval(timer));
  },
  '/reset': (request) => request.socket.destroy(),
};

const sockets = new Set<unknown>();
const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
server.on('connection', (socket) => sockets.add(socket));
let outbound: Outbound;
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  outbound = createOutbound({ allowHosts: ['127.0.0.0/8'] });
});
afterAll(async () => {
  await outbound.close();
  server.closeAllConnections();
  server.close();
});

const echo = (body: Uint8Array) =>
  JSON.parse(Buffer.from(body).toString()) as { method: string; headers: Record<string, string>; body: string };

test('An outbound request resolves with every status of the server, also an error status', async () => {
  const answer = await outbound.fetch({ url: `${base}/error` });
  expect(answer).toMatchObject({ status: 503, truncated: false, url: `${base}/error` });
  expect(Buffer.from(answer.body).toString()).toBe('busy');
});

test('Connections are reused by later requests', async () => {
  const own = createOutbound({ allowHosts: ['127.0.0.1'] });
  const before = sockets.size;
  for (let i = 0; i < 20; i += 1) await own.fetch({ url: `${base}/echo`, method: 'POST', body: 'x' });
  // A request in the very moment an answer ends may open a second one.
  expect(sockets.size - before).toBeLessThanOrEqual(2);
  await own.close();
});

test('At most three redirects are followed, and none with redirectsMax 0', async () => {
  await expect(outbound.fetch({ url: `${base}/loop` })).rejects.toMatchObject({
    name: 'OutboundRefused',
    code: 'too-many-redirects',
  });
  const bare = await outbound.fetch({ url: `${base}/loop`, redirectsMax: 0 });
  expect(bare).toMatchObject({ status: 302, headers: { location: '/loop' } });
});

test('A redirected POST becomes a GET after 301 and 303, and stays a POST after 307', async () => {
  const post = { method: 'POST', body: 'payload', headers: { 'content-type': 'text/plain' } };
  for (const path of ['/301', '/303']) {
    const seen = echo((await outbound.fetch({ url: base + path, ...post })).body);
    expect(seen).toMatchObject({ method: 'GET', body: '' });
    expect(seen.headers['content-type']).toBeUndefined();
  }
  const repeated = await outbound.fetch({ url: `${base}/307`, ...post });
  expect(repeated.url).toBe(`${base}/echo`);
  expect(echo(repeated.body)).toMatchObject({ method: 'POST', body: 'payload' });
});

test('A redirect to another origin does not get the credentials', async () => {
  const headers = { authorization: 'Bearer s', Cookie: 'c=1', 'x-own': 'forwarded' };
  const same = echo((await outbound.fetch({ url: `${base}/307`, headers })).body);
  expect(same.headers).toMatchObject({ authorization: 'Bearer s', cookie: 'c=1' });
  const other = echo((await outbound.fetch({ url: `${base}/elsewhere`, headers })).body);
  expect(other.headers['x-own']).toBe('forwarded');
  expect(other.headers['authorization']).toBeUndefined();
  expect(other.headers['cookie']).toBeUndefined();
});

test('A body is truncated at its limit after decompression, and the answer says so', async () => {
  const large = await outbound.fetch({ url: `${base}/large`, bytesMax: 1000 });
  expect([large.body.length, large.truncated]).toEqual([1000, true]);
  const whole = await outbound.fetch({ url: `${base}/large`, bytesMax: 3_000_000 });
  expect([whole.body.length, whole.truncated]).toEqual([3_000_000, false]);
  const bomb = await outbound.fetch({ url: `${base}/bomb` });
  expect([bomb.body.length, bomb.truncated]).toEqual([1024 * 1024, true]);
  expect(bomb.headers['content-encoding']).toBeUndefined();
});

test('An empty body is accepted, also with a Content-Encoding', async () => {
  expect((await outbound.fetch({ url: `${base}/zipped` })).body).toHaveLength(90);
  expect(await outbound.fetch({ url: `${base}/zipped`, method: 'HEAD' })).toMatchObject({
    status: 200,
    truncated: false,
  });
  expect((await outbound.fetch({ url: `${base}/nothing` })).status).toBe(204);
});

test('A silent server, a slow drip, a truncated body and a reset each end as an outbound failure', async () => {
  for (const path of ['/silent', '/drip']) {
    const late = outbound.fetch({ url: base + path, timeoutMs: 150 });
    await expect(late).rejects.toMatchObject({ name: 'OutboundFailure', code: 'timeout' });
  }
  for (const path of ['/torn', '/reset']) {
    const broken = outbound.fetch({ url: base + path });
    await expect(broken).rejects.toMatchObject({ name: 'OutboundFailure', code: 'network-failure' });
  }
});

test.each([
  ['/utf8', 'escaped once'],
  ['/latin1', 'the same byte'],
  ['/escaped', 'as it came'],
])('The bytes of a Location beyond ASCII are escaped once: %s', async (path, text) => {
  const { body } = await outbound.fetch({ url: base + path });
  expect(Buffer.from(body).toString()).toBe(text);
});

test.each(['/torn', '/cut', '/no-gzip'])(
  'A broken body of %s is truncated when the status alone is of interest',
  async (path) => {
    const answer = await outbound.fetch({ url: base + path, isBodyOptional: true });
    expect(answer).toMatchObject({ status: 200, truncated: true });
    await expect(outbound.fetch({ url: base + path })).rejects.toMatchObject({ code: 'network-failure' });
    const late = outbound.fetch({ url: `${base}/drip`, timeoutMs: 150, isBodyOptional: true });
    await expect(late).rejects.toMatchObject({ code: 'timeout' });
  },
);

test('An outbound request ends as soon as its signal aborts', async () => {
  const stop = new AbortController();
  const running = outbound.fetch({ url: `${base}/silent`, signal: stop.signal });
  stop.abort();
  await expect(running).rejects.toMatchObject({ name: 'OutboundFailure', code: 'aborted' });
  await expect(outbound.fetch({ url: `${base}/echo`, signal: stop.signal })).rejects.toMatchObject({ code: 'aborted' });
});

test.each([
  { host: 'elsewhere.test' },
  { 'Transfer-Encoding': 'chunked' },
  { 'content-length': '1' },
  { 'proxy-authorization': 'x' },
  { 'x-a': 'b\r\nx-injected: 1' },
  { 'x a': 'b' },
])('Headers that frame the message cannot be set: %j', async (headers) => {
  const sent = outbound.fetch({ url: `${base}/echo`, headers });
  await expect(sent).rejects.toMatchObject({ name: 'OutboundRefused', code: 'header-refused' });
});
