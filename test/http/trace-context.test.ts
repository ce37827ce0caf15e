import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { final } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { serve } from '../support/http/serve-files.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const parentId = '00f067aa0ba902b7';

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ OUTBOUND_ALLOW_HOSTS: '127.0.0.1', KINDS_DIR: testKindsDir });
});

async function submit(kind: string, input: unknown, headers: Record<string, string>): Promise<Job> {
  const response = await turno.request('/v1/jobs', { body: { kind, input }, headers });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Answers with the traceparent that the handler's request had. */
async function fetchedWith(headers: Record<string, string>, own: Record<string, string> = {}): Promise<string[]> {
  const received: string[] = [];
  const url = await serve((request, response) => {
    received.push(String(request.headers['traceparent']));
    response.end();
  });
  expect(await final(turno, await submit('http.request', { url, headers: own }, headers))).toMatchObject({
    state: 'completed',
  });
  return received;
}

test('The trace of a submit is in the log lines of API, worker and handler', async () => {
  const job = await submit('test.talk', { lines: ['hello'] }, { traceparent: `00-${traceId}-${parentId}-01` });
  await final(turno, job);
  await eventually(() => {
    const lines = [...turno.apiApp.log(), ...turno.workerApp.log()].filter((line) => line['jobId'] === job.id);
    const traced = lines.filter((line) => line['traceId'] === traceId).map(({ msg }) => msg);
    expect(traced).toEqual(['request', 'hello', 'attempt ended']);
  });
});

test('A fetch of the handler has the same trace with a span id of its own', async () => {
  const [received = ''] = await fetchedWith({ traceparent: `00-${traceId}-${parentId}-01` });
  expect(received).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
  expect(received).not.toContain(parentId);
});

test('A traceparent that the handler sets is not changed', async () => {
  const own = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`;
  expect(await fetchedWith({ traceparent: `00-${traceId}-${parentId}-01` }, { TraceParent: own })).toEqual([own]);
});

test('A missing or malformed traceparent gives no trace', async () => {
  expect(await fetchedWith({})).toEqual(['undefined']);
  expect(await fetchedWith({ traceparent: `00-${traceId}-${'0'.repeat(16)}-01` })).toEqual(['undefined']);
});
