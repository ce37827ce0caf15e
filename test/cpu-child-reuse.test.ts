import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalogue } from '@turno/kinds';
import { createLog, createOutbound } from '@turno/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createExecutor, type Executor } from '../apps/worker/dist/execute/create-executor.js';

const kindText = `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: 'test.reuse', version: 1, queue: 'cpu', description: 'For a test.',
  input: z.strictObject({ how: z.string() }), output: z.unknown(), example: { how: 'pid' },
});`;
const runText = `
import { PermanentFailure } from '@turno/kinds';
let leftover;
export const run = async ({ how }, ctx) => {
  if (how === 'leave') {
    leftover = ctx;
    return process.pid;
  }
  if (how === 'use-leftover') {
    leftover.progress(77, 'of another job');
    const asked = await leftover.fetch({ url: 'http://127.0.0.1/' }).then(() => 'answered', (error) => error.message);
    ctx.progress(5, 'of this job');
    return { pid: process.pid, asked };
  }
  if (how === 'odd-message') throw Object.defineProperty(new Error(), 'message', { value: 42 });
  if (how === 'odd-code') throw new PermanentFailure(404, 'gone');
  if (how === 'symbol') throw Symbol('s');
};`;

const dir = mkdtempSync(path.join(tmpdir(), 'turno-reuse-'));
let executor: Executor;

beforeAll(() => {
  mkdirSync(path.join(dir, 'test.reuse'));
  writeFileSync(path.join(dir, 'test.reuse/kind.js'), kindText);
  writeFileSync(path.join(dir, 'test.reuse/run.js'), runText);
  executor = createExecutor({
    outputBytesMax: 1_000_000,
    cpuConcurrency: 1,
    outbound: createOutbound({ allowHosts: [] }),
    readUsage: () => Promise.resolve([]),
    log: createLog('test', 'silent'),
  });
});
afterAll(async () => {
  await executor.close();
  rmSync(dir, { recursive: true });
});

async function attempt(how: string) {
  const entry = (await loadCatalogue({ kindsDir: dir })).get('test.reuse');
  if (entry === undefined) throw new Error('the kind was not found');
  const said: unknown[] = [];
  const result = await executor.execute({
    jobId: 'job_test',
    tenantId: 'ten_test',
    entry,
    input: { how },
    attempt: 1,
    signal: new AbortController().signal,
    onProgress: (percent, message) => void said.push([percent, message]),
    lines: { info: (message) => void said.push(message), warn: (message) => void said.push(message) },
  });
  return { result, said };
}

test('What a handler left running cannot speak or ask in the name of the next job in its process', async () => {
  const first = await attempt('leave');
  const second = await attempt('use-leftover');
  expect(first.result).toMatchObject({ ok: true });
  const pid = first.result.ok ? first.result.output : undefined;
  expect(second.result).toEqual({ ok: true, output: { pid, asked: 'this attempt is over' } });
  expect(second.said).toEqual([[5, 'of this job']]);
});

test.each([
  ['odd-message', { code: 'handler-error', message: '42', permanent: false }],
  ['odd-code', { code: 'handler-error', message: 'gone', permanent: true }],
  ['symbol', { code: 'handler-error', message: 'The handler threw Symbol(s).', permanent: false }],
])('Whatever is thrown (%s) becomes a code and a message of text', async (how, failure) => {
  expect((await attempt(how)).result).toEqual({ ok: false, ...failure });
});
