import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi({ SHUTDOWN_GRACE_SECONDS: '10' }), jobsByHand()]);
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

test('A client that never reads again does not delay a stop', async () => {
  await startFollowed();
  expect(await api.app.stop()).toBe(0);
});
