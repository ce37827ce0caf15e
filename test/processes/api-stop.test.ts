import { once } from 'node:events';
import { expect, test } from 'vitest';
import { openRaw } from '../support/http/raw-http.ts';
import { startApi } from '../support/apps/start-api.ts';

test('Idle connections do not delay the stop of an API process', async () => {
  const { app, url } = await startApi({ SHUTDOWN_GRACE_SECONDS: '60' });
  const never = openRaw(url);
  const half = openRaw(url);
  await Promise.all([never, half].map(({ socket }) => once(socket, 'connect')));
  half.socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n');
  expect((await fetch(`${url}/livez`)).status).toBe(200); // by now both were accepted
  // Far less than the grace.
  expect(await app.stop(30_000)).toBe(0);
  await Promise.all([never.closed, half.closed]);
});
