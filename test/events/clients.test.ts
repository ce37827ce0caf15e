import { createClient, type JobEvent } from '@turno/client';
import type { Job } from '@turno/contract';
import { EventSource } from 'eventsource';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createEventStreamParser } from '../../libs/client/src/parse-event-stream.ts';
import { lenientRedis, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { jobsByHand, type JobsByHand } from '../support/jobs-by-hand.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';
import { type TcpGate, throughGate } from '../support/http/tcp-gate.ts';

let api: Api;
let hand: JobsByHand;
/** The clients' connection to the API, which a test can cut. */
let way: { gate: TcpGate; url: string };
beforeAll(async () => {
  [api, hand] = await Promise.all([startApi(withConstants({ redis: lenientRedis })), jobsByHand()]);
  way = await throughGate(api.url);
});
afterAll(() => (way.gate.close(), hand.close()));

async function submit(): Promise<string> {
  return ((await (await api.request('/v1/jobs', { body: { kind: 'test.noop', input: {} } })).json()) as Job).id;
}

interface Seen {
  id: string;
  type: string;
  what: unknown;
}

const seenOf = (id: string, type: string, data: Record<string, unknown>): Seen => ({
  id,
  type,
  what: type === 'done' ? type : (data['message'] ?? data['state']),
});
const whatOf = (seen: Seen[]) => seen.map(({ what }) => what);

/** Moves a job to its end while the connection of its follower is cut several times. */
async function moveAndCut(id: string, seen: Seen[]): Promise<void> {
  await eventually(() => expect(whatOf(seen)).toEqual(['queued']));
  way.gate.shut();
  await hand.start(id);
  way.gate.open();
  await eventually(() => expect(whatOf(seen)).toEqual(['queued', 'running']));
  await hand.say(id, 'one');
  await eventually(() => expect(whatOf(seen)).toContain('one'));
  way.gate.shut();
  await hand.say(id, 'two');
  await hand.complete(id, '{"value":1}');
  way.gate.open();
}

const whole = ['queued', 'running', 'one', 'two', 'completed', 'done'];

test('A standard EventSource gets each event once over cut connections and stops at the end', async () => {
  const id = await submit();
  const source = new EventSource(`${way.url.replace(/\/$/, '')}/v1/jobs/${id}/events`, {
    fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${testKey}` } }),
  });
  onTestFinished(() => source.close());
  const seen: Seen[] = [];
  for (const type of ['state', 'progress', 'log', 'done']) {
    source.addEventListener(type, (event) => {
      seen.push(seenOf(event.lastEventId, type, JSON.parse(String(event.data)) as Record<string, unknown>));
    });
  }
  await moveAndCut(id, seen);
  await eventually(() => expect(source.readyState).toBe(EventSource.CLOSED));
  expect(whatOf(seen)).toEqual(whole);
  expect(new Set(seen.map((event) => event.id)).size).toBe(seen.length);
});

test('The typed client iterates over the events of a job and ends with it', async () => {
  const id = await submit();
  const client = createClient({ url: way.url, key: testKey });
  const seen: Seen[] = [];
  let last: JobEvent | undefined;
  const following = (async () => {
    for await (const event of client.events(id)) {
      last = event;
      seen.push(seenOf(event.id, event.type, event.data));
    }
  })();
  await moveAndCut(id, seen);
  await following;
  expect(whatOf(seen)).toEqual(whole);
  expect(last).toMatchObject({ type: 'done', data: { id, state: 'completed', output: { value: 1 } } });
  for await (const event of client.events(id, { lastEventId: last?.id ?? '' })) expect(event).toBeUndefined();
});

test('The typed client throws the problem of a refused stream, and its signal ends a stream', async () => {
  const client = createClient({ url: api.url, key: testKey });
  const next = (events: AsyncIterable<JobEvent>) => events[Symbol.asyncIterator]().next();
  await expect(next(client.events('job_none'))).rejects.toMatchObject({ code: 'job-not-found', status: 404 });
  const stop = new AbortController();
  const events = client.events(await submit(), { signal: stop.signal })[Symbol.asyncIterator]();
  expect((await events.next()).value).toMatchObject({ type: 'state' });
  const more = events.next();
  stop.abort(new Error('enough'));
  await expect(more).rejects.toThrow('enough');
});

test('The signal of the typed client ends a pause before a new connection', async () => {
  const id = await submit();
  const answers: string[] = [];
  const busy = () => (
    answers.push('503'),
    Promise.resolve(new Response(null, { status: 503, headers: { 'retry-after': '3600' } }))
  );
  const recorded: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    answers.push(String(response.status));
    return response;
  };
  for (const send of [busy, recorded]) {
    const client = createClient({ url: api.url, key: testKey, fetch: send });
    const stop = new AbortController();
    const waiting = client.wait(id, { signal: stop.signal, pollEveryMs: 3_600_000 });
    await eventually(() => answers.length > 0);
    answers.length = 0;
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  }
});

test.each(['\n', '\r', '\r\n'])(
  'The parser of event streams takes lines that end in %j, in chunks of any size',
  (end) => {
    const text = [
      'retry: 20',
      ': a comment',
      'id: 1',
      'event: a',
      'data: x',
      'data:  y',
      '',
      'data',
      '',
      'event: b',
      '',
      '',
    ].join(end);
    for (let size = 1; size <= text.length; size += 1) {
      const parser = createEventStreamParser();
      const events: unknown[] = [];
      for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
      events.push(...parser.push('\n'));
      expect(events).toEqual([
        { id: '1', type: 'a', data: 'x\n y' },
        { id: '1', type: 'message', data: '' },
      ]);
      expect(parser.retryMs()).toBe(20);
    }
  },
);
