import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { startBoard, type Board } from '../support/apps/start-board.ts';

let board: Board;
beforeAll(async () => {
  board = await startBoard({ TRUST_PROXY: 'loopback' });
});

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
const ask = (path: string, authorization?: string, from = '192.0.2.1') =>
  fetch(`${board.url}${path}`, {
    headers: { 'x-forwarded-for': from, ...(authorization !== undefined && { authorization }) },
  });

test.each(['/', '/queue/cpu', '/api/queues', '/static/images/logo.svg', '/nothing-here'])(
  'The board shows %s only after a login',
  async (path) => {
    const answer = await ask(path);
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
    expect(await answer.text()).not.toContain('<html');
  },
);

test('The board accepts only the right user and password, and delays repeated guesses', async () => {
  const right = basic(board.user, board.password);
  expect((await ask('/', right)).status).toBe(200);
  const wrong = [
    basic(board.user, `${board.password}x`),
    basic('root', board.password),
    basic('', ''),
    `Bearer ${board.password}`,
    'Basic !!!',
  ];
  for (const authorization of wrong) expect((await ask('/', authorization)).status).toBe(401);

  const guesses: Response[] = [];
  for (let guess = 0; guess < 10; guess += 1) guesses.push(await ask('/', basic('admin', `guess-${guess}`)));
  expect(new Set(guesses.map((answer) => answer.status))).toEqual(new Set([401, 429]));
  const slowed = guesses.find((answer) => answer.status === 429);
  expect(Number(slowed?.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await ask('/', right, '192.0.2.2')).status).toBe(200); // by the same proxy, from elsewhere
});

test('The board counts failed logins per IPv6 network, since one customer owns all its addresses', async () => {
  const guesses: number[] = [];
  for (let host = 1; host <= 10; host += 1) {
    guesses.push((await ask('/', basic('admin', `guess-${host}`), `2001:db8:0:7::${host}`)).status);
  }
  expect(guesses).toContain(429);
});

test('The liveness probe of the board needs no login and reveals nothing else', async () => {
  const answer = await ask('/livez');
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ status: 'ok' });
});

test.each(['', 'exa mple', 'a,b', 'a/b', 'user@a', 'a:99999', 'http://a', '[::1'])(
  'The board refuses the Host header %j',
  async (host) => {
    const { hostname, port } = new URL(board.url);
    const get = (...headers: string[]) =>
      sendRaw({ hostname, port }, ['GET /livez HTTP/1.1', ...headers, 'Connection: close']);
    expect(await get(`Host: ${host}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await get('Host: board.example', `Host: ${host}`)).toMatch(/^HTTP\/1\.1 400 /);
    expect(await get('Host: board.example:3001')).toMatch(/^HTTP\/1\.1 200 /);
  },
);

/** Sends lines as they are, and returns the answer. */
function sendRaw({ hostname, port }: { hostname: string; port: string }, lines: string[]): Promise<string> {
  const socket = connect(Number(port), hostname);
  socket.end([...lines, '', ''].join('\r\n'));
  return text(socket);
}
