import { createLog } from '@turno/runtime';
import { createProducer, openQueues, toPack } from '@turno/queue';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { startBoard, type Board } from '../support/apps/start-board.ts';
import { stores } from '../support/stores/stores.ts';

let board: Board;
let queues: ReturnType<typeof openQueues>;
beforeAll(async () => {
  const { redisUrl, redisPrefix: prefix } = await stores();
  queues = openQueues({ redisUrl, prefix });
  const producer = createProducer({ redisUrl, prefix }, createLog('test', 'fatal'));
  const ticket = { jobId: 'job_seen', ticket: 1, kind: 'math.sum-of-squares', queue: 'cpu', priority: 0 };
  await eventually(() => producer.send([toPack([ticket])]));
  await producer.close();
  board = await startBoard();
});
afterAll(() => queues.close());

test('The board shows both queues and their waiting jobs', async () => {
  const answer = await board.request('/api/queues?activeQueue=cpu&status=latest');
  expect(answer.status).toBe(200);
  const shown = JSON.stringify(await answer.json());
  expect(shown).toContain('"name":"cpu"');
  expect(shown).toContain('"name":"io"');
  expect(shown).toContain('"id":"job_seen-1"');
});

describe('The board is read-only by default', () => {
  // Every route of Bull Board 9.10.1 that changes something.
  test.each([
    ['PUT', '/api/queues/pause'],
    ['PUT', '/api/queues/resume'],
    ['POST', '/api/queues/cpu/add'],
    ['PUT', '/api/queues/cpu/retry/failed'],
    ['PUT', '/api/queues/cpu/promote'],
    ['PUT', '/api/queues/cpu/clean/waiting'],
    ['PUT', '/api/queues/cpu/pause'],
    ['PUT', '/api/queues/cpu/resume'],
    ['PUT', '/api/queues/cpu/concurrency'],
    ['PUT', '/api/queues/cpu/rate-limit'],
    ['PUT', '/api/queues/cpu/rate-limit/release'],
    ['PUT', '/api/queues/cpu/empty'],
    ['PUT', '/api/queues/cpu/obliterate'],
    ['PUT', '/api/queues/cpu/job-schedulers/any/remove'],
    ['PATCH', '/api/queues/cpu/job-schedulers/any'],
    ['PUT', '/api/queues/cpu/job-schedulers/any/run'],
    ['PUT', '/api/queues/cpu/job_seen-1/retry'],
    ['PUT', '/api/queues/cpu/job_seen-1/clean'],
    ['PUT', '/api/queues/cpu/job_seen-1/promote'],
    ['PATCH', '/api/queues/cpu/job_seen-1/update-data'],
    ['PATCH', '/api/queues/cpu/job_seen-1/delay'],
    ['PATCH', '/api/queues/cpu/job_seen-1/priority'],
    ['PUT', '/api/queues/cpu/job_seen-1/remove-unprocessed-children'],
    ['DELETE', '/api/queues/cpu/job_seen-1'],
  ])('A read-only board rejects %s %s and changes nothing', async (method, path) => {
    expect((await board.request(path, { method })).status).toBe(405);
    const [cpu] = queues.queues;
    expect(await cpu?.isPaused()).toBe(false);
    expect(await cpu?.getPrioritizedCount()).toBe(1);
  });
});

test('A writable board accepts changes from its own page and never from another site', async () => {
  const writable = await startBoard({ BOARD_READ_ONLY: 'false' });
  const change = async (verb: 'pause' | 'resume', headers: Record<string, string>) =>
    (await writable.request(`/api/queues/io/${verb}`, { method: 'PUT', headers })).status;
  const isPaused = () => queues.queues[1]?.isPaused();
  // A browser says the first only where there is https, or on its own machine.
  for (const strange of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://elsewhere.test' }, { origin: 'null' }]) {
    expect(await change('pause', strange)).toBe(403);
  }
  expect(await isPaused()).toBe(false);
  expect(await change('pause', { 'sec-fetch-site': 'same-origin' })).toBe(200);
  expect(await isPaused()).toBe(true);
  expect(await change('resume', { origin: writable.url })).toBe(200);
  expect(await isPaused()).toBe(false);
});
