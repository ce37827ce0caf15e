import type { Job } from '@turno/contract';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([
    startApi({ SHUTDOWN_GRACE_SECONDS: '10', ...withConstants({ http: { stalledWriteMs: 300 } }) }),
    jobsByHand(),
  ]);
});
afterAll(() => hand.close());

/** More than the socket buffers take for a client that does not read. */
const lines = 2_000;
const lineBytes = 10_000;

async function startFollowed() {
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } });
  const { id } = (await response.json()) as Job;
  const reader = openRaw(api.url);
  onTestFinished(() => void reader.socket.destroy());
  reader.socket.write(`GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${testKey}\r\n\r\n`);
  await eventually(() => expect(reader.received()).toContain('event: state'));
  reader.socket.pause();
  await hand.start(id);
  for (let line = 0; line < lines; line += 1) await hand.say(id, String(line).padEnd(lineBytes, '.'));
  return { id, reader };
}

test('For a client that does not read, memory stays bounded: it misses lines and still gets the end', async () => {
  const { id, reader } = await startFollowed();
  await hand.complete(id, '{}');
  reader.socket.resume();
  const text = await reader.closed;
  expect(text).toContain('event: done');
  expect(text.match(/^event: log$/gm)?.length).toBeLessThan(lines - 500);
  expect(text.match(/"version":\d+/g)).toEqual(['"version":1', '"version":2', '"version":3']);
});

/** Returns whether the system of the server has an open connection from this port. */
function isConnected(clientPort: number): boolean {
  const port = clientPort.toString(16).toUpperCase().padStart(4, '0');
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .some((line) => new RegExp(`^ *\\d+: \\S+ 0100007F:${port} 01 `).test(line));
}

test.runIf(process.platform === 'linux')(
  'A client that reads nothing of a large answer is cut off, and others get all of it',
  async () => {
    const answers = 30; // more than the buffers of the system take
    const ask = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n';
    const stuck = openRaw(api.url);
    await once(stuck.socket, 'connect');
    const { localPort = 0 } = stuck.socket;
    stuck.socket.pause();
    stuck.socket.write(ask.repeat(answers));
    expect(isConnected(localPort)).toBe(true);
    await eventually(() => expect(isConnected(localPort)).toBe(false));
    stuck.socket.resume();
    const response = await fetch(`${api.url}/docs/swagger-ui-bundle.js`);
    const whole = await response.text();
    expect(whole.length).toBeGreaterThan(1_000_000);
    expect((await stuck.closed).length).toBeLessThan(answers * whole.length);
  },
);

test('A client that never reads again does not delay a stop', async () => {
  await startFollowed();
  expect(await api.app.stop()).toBe(0);
});
