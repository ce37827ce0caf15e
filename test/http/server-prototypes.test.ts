import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import express from 'express';
import { afterAll, expect, test } from 'vitest';
import { createApiServer } from '../../apps/api/src/server.ts';
import { testLimits } from '../support/apps/server-limits.ts';

const app = express();
const server = createApiServer(app, testLimits);
afterAll(() => server.close());

test('A request and its response keep their original prototypes through Express and its routers', async () => {
  const born = new Map<object, object | null>();
  const seen: [object, object | null][] = [];
  server.prependListener('request', (req, res) => {
    for (const each of [req, res]) born.set(each, Object.getPrototypeOf(each) as object | null);
  });
  const router = express.Router();
  router.get('/below', (req, res) => {
    for (const each of [req, res]) seen.push([each, Object.getPrototypeOf(each) as object | null]);
    res.json({ host: req.get('host'), ip: req.ip });
  });
  app.use('/router', router);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/router/below`);
  expect(await answer.json()).toEqual({ host: `127.0.0.1:${port}`, ip: '127.0.0.1' });
  expect(seen).toHaveLength(2);
  for (const [each, prototype] of seen) expect(prototype).toBe(born.get(each));
});
