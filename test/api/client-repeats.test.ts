import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createClient } from '@turno/client';
import { expect, onTestFinished, test } from 'vitest';
import { startApi } from '../support/apps/start-api.ts';
import { testKey } from '../support/apps/start-turno.ts';

test('The typed client repeats a submit whose answer was lost and gets the one job that was created', async () => {
  const api = await startApi();
  const made: string[] = [];
  // Passes submits on to the API and loses the answers to the first two.
  const door = createServer((req, res) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      const key = String(req.headers['idempotency-key']);
      const body = Buffer.concat(chunks).toString();
      const response = await api.request(req.url ?? '', { body, headers: { 'idempotency-key': key } });
      const job = (await response.json()) as { id: string };
      if (req.url === '/v1/jobs') made.push(job.id);
      if (made.length < 3) res.destroy();
      else res.writeHead(response.status, { 'content-type': 'application/json' }).end(JSON.stringify(job));
    })();
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  onTestFinished(() => void door.close());
  const { port } = door.address() as AddressInfo;
  const client = createClient({ url: `http://127.0.0.1:${port}`, key: testKey });
  const job = await client.submit('test.noop', { value: 1 });
  expect(made).toEqual([job.id, job.id, job.id]);
  const another = await client.submit('test.noop', { value: 1 });
  expect(another.id).not.toBe(job.id);
  const batch = await client.submitBatch([1, 2].map((value) => ({ kind: 'test.noop', input: { value } })));
  expect(batch.map(({ input }) => input)).toEqual([{ value: 1 }, { value: 2 }]);
  const options = { idempotencyKey: 'a "word" of mine' };
  const own = await client.submit('test.noop', { value: 1 }, options);
  expect((await client.submit('test.noop', { value: 1 }, options)).id).toBe(own.id);
});
