import { beforeAll, expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { run, show, submit } from '../support/jobs.ts';
import { serve } from '../support/http/serve-files.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({
    WORKER_QUEUES: 'io',
    OUTBOUND_ALLOW_HOSTS: '127.0.0.1',
    ...withConstants({ execution: { outputInlineBytesMax: 1_000_000 } }),
  });
});

test('http.request sends method, headers and body, and its output is the answer with any status', async () => {
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      response.writeHead(418, { 'content-type': 'text/plain', 'x-seen': String(request.headers['x-mine']) });
      response.end(`${request.method} ${request.url} ${body}`);
    });
  });
  const job = await run(turno, 'http.request', {
    url: `${url}/a?b=1`,
    method: 'POST',
    headers: { 'X-Mine': 'yes' },
    body: 'hallo',
  });
  expect(job).toMatchObject({
    state: 'completed',
    output: { status: 418, body: 'POST /a?b=1 hallo', headers: { 'x-seen': 'yes' }, truncated: false },
  });
});

test('http.request truncates a long body at 256 KiB and marks the output as truncated', async () => {
  const url = await serve((_request, response) => void response.end('x'.repeat(300 * 1024)));
  const job = await run(turno, 'http.request', { url });
  const output = (await (await turno.request(`/v1/jobs/${job.id}/output`)).json()) as {
    body: string;
    truncated: boolean;
  };
  expect([output.body.length, output.truncated]).toEqual([256 * 1024, true]);
});

test.each([
  'http://169.254.169.254/latest/',
  'http://10.0.0.1/',
  'http://[::1]:80/',
  'http://[fd00::5efe:8.8.8.8]/',
  'http://127.0.0.1:5432/',
  'http://2130706433.invalid@192.168.1.1/',
])('http.request to the private address %s fails without a retry', async (url) => {
  const job = await run(turno, 'http.request', { url });
  expect(job).toMatchObject({ state: 'failed', attempt: 1 });
  expect(job.error?.code).toMatch(/-refused$/);
});

test('http.request refuses a redirect to a private address like a first URL', async () => {
  const url = await serve((_request, response) => void response.writeHead(302, { location: 'http://10.1.2.3/' }).end());
  expect(await run(turno, 'http.request', { url })).toMatchObject({
    state: 'failed',
    error: { code: 'address-refused' },
  });
});

test('http.request without an answer fails and is retried', async () => {
  const url = await serve((request) => void request.socket.destroy());
  const job = await run(turno, 'http.request', { url }, { maxAttempts: 2 });
  expect(job).toMatchObject({ state: 'failed', attempt: 2, error: { code: 'handler-error' } });
});

test('http.request fails for a status in retryOn and is retried after the Retry-After of the answer', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    if (requests === 1) response.writeHead(503, { 'retry-after': '1' });
    response.end('there');
  });
  expect(await run(turno, 'http.request', { url, retryOn: [429, 503] })).toMatchObject({
    state: 'completed',
    attempt: 2,
    output: { status: 200, body: 'there' },
    attempts: [{ error: { code: 'http-status', message: 'The server answered 503.' } }, {}],
  });
});

test('A Retry-After delays the next attempt by an hour at most', async () => {
  const url = await serve((_request, response) => void response.writeHead(429, { 'retry-after': '864000' }).end());
  const job = await submit(turno, 'http.request', { url, retryOn: [429] });
  const seen = await eventually(async () => {
    const view = await show(turno, job);
    return view.state === 'retrying' && view;
  });
  const { runAt, startedAt } = seen || job;
  expect(Math.floor((Date.parse(runAt) - Date.parse(startedAt ?? '')) / 3_600_000)).toBe(1);
});
