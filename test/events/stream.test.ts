import type { Job } from '@turno/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lenientRedis, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { openRaw } from '../support/http/raw-http.ts';
import { type EventReading, readEvents } from '../support/http/read-events.ts';
import { addKey, type Api, startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

let api: Api;
let hand: JobsByHand;
beforeAll(async () => {
  [api, hand] = await Promise.all([
    startApi(withConstants({ events: { heartbeatMs: 100, streamsPerTenantMax: 8 }, redis: lenientRedis })),
    jobsByHand(),
  ]);
});
afterAll(() => hand.close());

async function submit(): Promise<string> {
  const response = await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } });
  return ((await response.json()) as Job).id;
}

const follow = (id: string, lastEventId?: string) =>
  readEvents(`${api.url}/v1/jobs/${id}/events`, { key: testKey, ...(lastEventId !== undefined && { lastEventId }) });

const typesOf = ({ events }: EventReading) => events.map(({ type }) => type);
const statesOf = ({ events }: EventReading) =>
  events.filter(({ type }) => type === 'state').map(({ data }) => data['state']);
const sees = (reading: EventReading, count: number) =>
  eventually(() => expect(reading.events.length).toBeGreaterThanOrEqual(count));

test('A stream sends each change, progress and log line of a job in order, and the job at the end', async () => {
  const id = await submit();
  const reading = await follow(id);
  expect(reading.response.headers.get('content-type')).toBe('text/event-stream');
  expect(reading.response.headers.get('cache-control')).toBe('no-store');
  await sees(reading, 1);
  await hand.start(id);
  await hand.say(id, 'one');
  await hand.progress(id, 40);
  await hand.say(id, 'two');
  await hand.complete(id, '{"value":7}');
  await reading.ended;
  expect(typesOf(reading)).toEqual(['state', 'state', 'log', 'progress', 'log', 'state', 'done']);
  expect(statesOf(reading)).toEqual(['queued', 'running', 'completed']);
  expect(reading.events[2]?.data).toMatchObject({ message: 'one' });
  expect(reading.events[3]?.data).toEqual({ percent: 40, message: null, run: 1, attempt: 1, version: 3 });
  const { data } = reading.events.at(-1) ?? {};
  expect(data).toEqual(await (await api.request(`/v1/jobs/${id}`)).json());
  expect(new Set(reading.events.map((event) => event.id)).size).toBe(reading.events.length);
});

test('A client that reconnects often gets each event once', async () => {
  const id = await submit();
  const seen: EventReading['events'] = [];
  const steps = [
    () => hand.start(id),
    () => hand.say(id, 'one'),
    () => hand.progress(id, 10),
    () => hand.say(id, 'two'),
    () => hand.say(id, 'three'),
    () => hand.complete(id, '{}'),
  ];
  const first = await follow(id);
  await sees(first, 1);
  first.leave();
  seen.push(...first.events);
  for (const step of steps) {
    await step();
    const next = await follow(id, seen.at(-1)?.id);
    await sees(next, 1);
    next.leave();
    await next.ended;
    seen.push(...next.events);
  }
  const last = await follow(id, seen.at(-1)?.id);
  await last.ended;
  seen.push(...last.events);
  expect(new Set(seen.map((event) => event.id)).size).toBe(seen.length);
  expect(seen.map(({ type, data }) => data['message'] ?? data['percent'] ?? data['state'] ?? type)).toEqual([
    'queued',
    'running',
    'one',
    10,
    'two',
    'three',
    'completed',
    expect.anything(),
  ]);
  expect(seen.at(-1)?.type).toBe('done');
});

test('A late or repeated signal is not sent on: the version in a stream never goes back', async () => {
  const id = await submit();
  const reading = await follow(id);
  await sees(reading, 1);
  await hand.start(id);
  await hand.progress(id, 50);
  await sees(reading, 3);
  hand.startAgain(id);
  await hand.say(id, 'after it');
  await sees(reading, 4);
  hand.startAgain(id);
  await hand.complete(id, '{}');
  hand.startAgain(id);
  await reading.ended;
  expect(typesOf(reading)).toEqual(['state', 'state', 'progress', 'log', 'state', 'done']);
});

test.each(['0-0.1', '1-1.1', '1795338000000-0.999', 'nonsense', '99999999999999999999-0.1', '1-1.1.done'])(
  'A stream that resumes from the unknown id %s begins with the present state',
  async (lastEventId) => {
    const id = await submit();
    const reading = await follow(id, lastEventId);
    await sees(reading, 1);
    await hand.start(id);
    await hand.complete(id, '{}');
    await reading.ended;
    expect(typesOf(reading)).toEqual(['state', 'state', 'state', 'done']);
    expect(statesOf(reading)).toEqual(['queued', 'running', 'completed']);
  },
);

test('A stream of a final job sends its end at once, and a client that has seen the end gets 204', async () => {
  const id = await submit();
  await hand.start(id);
  await hand.fail(id, 'broken');
  const reading = await follow(id);
  await reading.ended;
  expect(typesOf(reading)).toEqual(['state', 'done']);
  expect(reading.events[0]?.data).toMatchObject({ state: 'failed', error: { code: 'broken' } });
  const [state, done] = reading.events;
  const again = await follow(id, state?.id);
  await again.ended;
  expect(again.events).toEqual([done]);
  expect((await follow(id, done?.id)).response.status).toBe(204);
});

test('A client that has seen the end of one run can follow the next run', async () => {
  const id = await submit();
  await hand.start(id);
  await hand.fail(id, 'broken');
  const first = await follow(id);
  await first.ended;
  const response = await api.request(`/v1/jobs/${id}/retry`, { method: 'POST' });
  expect(response.status).toBe(202);
  const second = await follow(id, first.events.at(-1)?.id);
  await sees(second, 1);
  expect(second.events[0]?.data).toMatchObject({ state: 'queued', run: 2 });
  await api.request(`/v1/jobs/${id}/cancel`, { method: 'POST' });
  await second.ended;
  expect(statesOf(second)).toEqual(['queued', 'cancelled']);
  expect(typesOf(second).at(-1)).toBe('done');
});

test('Deleting a job ends its streams', async () => {
  const id = await submit();
  const reading = await follow(id);
  await sees(reading, 1);
  await hand.erase(id);
  await reading.ended;
  expect(typesOf(reading)).toEqual(['state']);
  expect((await follow(id, reading.events[0]?.id)).response.status).toBe(404);
});

test('Comments keep a silent stream open', async () => {
  const id = await submit();
  const reading = await follow(id);
  await eventually(() => expect(reading.text().match(/^:$/gm)?.length).toBeGreaterThan(2));
  expect(reading.events).toHaveLength(1);
});

test('A tenant may open a limited number of streams at once with all its keys, and a closed stream frees its slot', async () => {
  const id = await submit();
  const opened = () =>
    eventually(async () => {
      const reading = await follow(id);
      expect(reading.response.status).toBe(200); // those of the tests before may not be gone yet
      return reading;
    });
  const readings: EventReading[] = [];
  while (readings.length < 8) readings.push(await opened());
  const refused = await follow(id);
  expect([refused.response.status, refused.response.headers.get('retry-after')]).toEqual([429, '5']);
  await refused.ended;
  expect(JSON.parse(refused.text())).toMatchObject({ code: 'too-many-streams' });
  const second = await addKey('ten_first', ['jobs:read']);
  const again = await readEvents(`${api.url}/v1/jobs/${id}/events`, { key: second });
  expect(again.response.status).toBe(429);
  const other = await addKey('tenant_other', ['jobs:read']);
  const foreign = await readEvents(`${api.url}/v1/jobs/${id}/events`, { key: other });
  expect(foreign.response.status).toBe(404);
  readings[0]?.leave();
  await opened();
});

/** Returns whether the key may open one more stream. */
async function hasPlace(id: string): Promise<boolean> {
  const reading = await follow(id);
  reading.leave();
  await reading.ended;
  return reading.response.status === 200;
}

test('A client that leaves before its stream begins, or pipelines many requests, occupies no slot', async () => {
  const id = await submit();
  const ask = `GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${testKey}\r\n\r\n`;
  const leave = () =>
    new Promise((resolve) => {
      const { socket, closed } = openRaw(api.url);
      socket.write(ask, () => resolve((socket.destroy(), closed)));
    });
  await Promise.all(Array.from({ length: 60 }, leave));
  await eventually(() => hasPlace(id));
  const connections: ReturnType<typeof openRaw>[] = [];
  await eventually(async () => {
    // Repeated while a slot is free: a client that left may have freed its slot after others were refused.
    const connection = openRaw(api.url);
    connections.push(connection);
    connection.socket.write(ask.repeat(9));
    await eventually(() => connection.received() !== '');
    return !(await hasPlace(id));
  });
  await Promise.all(connections.map(({ socket, closed }) => (socket.destroy(), closed)));
  await eventually(() => hasPlace(id));
});

test('A stream ends when its key is revoked', async () => {
  const [id, key] = [await submit(), await addKey('ten_first', ['jobs:read'])];
  const reading = await readEvents(`${api.url}/v1/jobs/${id}/events`, { key });
  await hand.start(id);
  const pending = api.request(`/v1/jobs/${id}`, { key, headers: { prefer: 'wait=60' } });
  await sees(reading, 1);
  await hand.revoke(key);
  let isOver = false;
  void reading.ended.then(() => (isOver = true));
  await eventually(async () => {
    await hand.say(id, 'secret');
    return isOver;
  });
  await hand.complete(id, '{"value":"secret"}');
  expect((await pending).status).toBe(401);
  expect(typesOf(reading)).not.toContain('done');
});

test('HEAD of an event stream returns the headers only', async () => {
  const id = await submit();
  const response = await api.request(`/v1/jobs/${id}/events`, { method: 'HEAD' });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
});
