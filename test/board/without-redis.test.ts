import { expect, onTestFinished, test } from 'vitest';
import { toConsoleLine } from '../../libs/local/src/terminal/console-lines.ts';
import { eventually } from '../support/eventually.ts';
import { startBoard } from '../support/apps/start-board.ts';
import { stores } from '../support/stores/stores.ts';
import { openTcpGate } from '../support/http/tcp-gate.ts';

test('The board starts during an outage of Redis, reports the outage, and shows the queues once Redis is back', async () => {
  const { redisUrl } = await stores();
  const url = new URL(redisUrl);
  const gate = await openTcpGate(Number(url.port));
  onTestFinished(() => gate.close());
  gate.shut();
  url.port = String(gate.port);
  const board = await startBoard({ REDIS_URL: url.href });

  const page = await board.request('/', { headers: { accept: 'text/html' } });
  expect(page.status).toBe(503);
  expect(await page.text()).toContain('Redis is away');
  expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
  const call = await board.request('/api/queues', { headers: { accept: 'application/json' } });
  expect(call.status).toBe(503);
  expect(await call.json()).toEqual({ error: expect.stringContaining('Redis does not answer') });
  expect((await board.request('/livez')).status).toBe(200);

  gate.open();
  await eventually(async () => (await board.request('/api/queues')).status === 200);
  // The terminal of npm start shows the end of an outage.
  const shown = () => board.log().map((line) => toConsoleLine('board', JSON.stringify(line)));
  await eventually(() => expect(shown()).toContain('board: Redis answers'));
  gate.shut();
  await eventually(async () => (await board.request('/api/queues')).status === 503);
  gate.open();
  await eventually(async () => (await board.request('/api/queues')).status === 200);
});
