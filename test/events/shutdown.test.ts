import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { readEvents } from '../support/http/read-events.ts';
import { startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let hand: JobsByHand;
beforeAll(async () => {
  hand = await jobsByHand();
});
afterAll(() => hand.close());

test('An API that stops ends its streams with a comment and exits 0 at once, and another API continues a stream', async () => {
  const [first, second] = await Promise.all([startApi({ SHUTDOWN_GRACE_SECONDS: '60' }), startApi()]);
  const { id } = (await (await first.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as Job;
  const path = `/v1/jobs/${id}/events`;
  const readings = await Promise.all([1, 2, 3].map(() => readEvents(first.url + path, { key: testKey })));
  for (const { events } of readings) await eventually(() => expect(events).toHaveLength(1));
  await hand.start(id);
  await hand.say(id, 'before');
  for (const { events } of readings) await eventually(() => expect(events).toHaveLength(3));
  // Far less than the grace period.
  expect(await first.app.stop(30_000)).toBe(0);
  await Promise.all(readings.map(({ ended }) => ended));
  for (const reading of readings) expect(reading.text()).toMatch(/\n: the server stops, come back\n\n$/);
  await hand.say(id, 'between');
  const lastEventId = readings[0]?.events.at(-1)?.id ?? '';
  const { events, ended } = await readEvents(second.url + path, { key: testKey, lastEventId });
  await hand.complete(id, '{}');
  await ended;
  expect(events.map(({ type, data }) => data['message'] ?? type)).toEqual(['between', 'state', 'done']);
});
