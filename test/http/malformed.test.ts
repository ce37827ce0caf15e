import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiServer } from '../../apps/api/src/server.ts';
import { eventually } from '../support/eventually.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { testLimits } from '../support/apps/server-limits.ts';

const app = express();
app.get('/', (_req, res) => void res.end('hello'));
const open = new Set<express.Response>();
app.get('/open', (_req, res) => void open.add(res));
app.get('/half', (_req, res) => {
  res.writeHead(200, { 'Content-Length': 10 });
  res.write('half');
});
const server = createApiServer(app, testLimits);
let address: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function answerTo(text: string) {
  const { socket, closed } = openRaw(address);
  socket.write(text);
  const [head = '', body = ''] = (await closed).split('\r\n\r\n');
  return { head, problem: JSON.parse(body) as Record<string, unknown> };
}

test.each([
  ['no HTTP at all', 'GARBAGE\r\n\r\n', 400, 'bad-request'],
  ['a space in a header name', 'GET / HTTP/1.1\r\nHost: a\r\nX y: 1\r\n\r\n', 400, 'bad-request'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', 400, 'bad-request'],
  [
    'a length and chunks, as in request smuggling',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'bad-request',
  ],
  [
    'headers beyond the limit',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  ['headers that never end (slow-loris)', 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', 408, 'request-timeout'],
  ['a body that never ends', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf', 408, 'request-timeout'],
])('A malformed request is answered and its connection is closed: %s', async (_what, text, status, code) => {
  const { head, problem } = await answerTo(text);
  expect(head).toContain(`HTTP/1.1 ${status} `);
  expect(head).toContain('application/problem+json');
  expect(head).toContain('Connection: close');
  expect(head).toContain(`X-Request-Id: ${String(problem['requestId'])}`);
  expect(problem).toMatchObject({ status, code });
});

test('A client reads the 431 of headers beyond the limit after it has sent all of them', async () => {
  const { socket, closed } = openRaw(address);
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n');
  for (let line = 0; line < 100; line += 1) {
    if (!socket.write(`X: ${'x'.repeat(10_000)}\r\n`)) await once(socket, 'drain');
  }
  expect((await closed).match(/^HTTP\/1.1 431 /gm)).toHaveLength(1);
});

test('A malformed request writes nothing into an answer in progress', async () => {
  const { socket, received, closed } = openRaw(address);
  socket.write('GET /half HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually(() => received().includes('half'));
  socket.write('GARBAGE\r\n\r\n');
  expect((await closed).split('\r\n\r\n')).toHaveLength(2);
});

test.each(['GARBAGE\r\n\r\n', 'GET / HTTP/1.1\r\nX-Slow: '])(
  'A request in progress gets no foreign answer when %j follows it',
  async (next) => {
    const { socket, closed } = openRaw(address);
    socket.write('GET /open HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => open.size > 0);
    open.clear();
    socket.write(next);
    expect(await closed).toBe('');
  },
);

test('A connection is closed with Connection: close after its maximum number of requests', async () => {
  const { socket, received } = openRaw(address);
  const { requestsPerSocketMax } = testLimits;
  for (let sent = 0; sent <= requestsPerSocketMax; sent += 1) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await eventually(() => received().includes('HTTP/1.1 503 '));
  expect(received().match(/hello/g)).toHaveLength(requestsPerSocketMax);
  expect(
    received()
      .split('Connection: close')[0]
      ?.match(/HTTP\/1.1 200/g),
  ).toHaveLength(requestsPerSocketMax);
  socket.destroy();
});

test('The server still answers after all malformed requests', async () => {
  expect(await (await fetch(address)).text()).toBe('hello');
});
