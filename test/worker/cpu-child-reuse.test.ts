import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalogue, RetryLater } from '@turno/kinds';
import { openPostgres } from '@turno/postgres';
import { createLocalStore, createUrlSigner, LocalFolder } from '@turno/files';
import { createLog, createOutbound } from '@turno/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectAllGone, remember } from '../support/apps/process-tree.ts';
import { createExecutor, type Executor } from '../../apps/worker/dist/execute/create-executor.js';

const kindText = `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: 'test.reuse', version: 1, queue: 'cpu', description: 'For a test.',
  input: z.strictObject({ how: z.string() }), output: z.unknown(), example: { how: 'pid' },
});`;
const runText = `
import { spawn } from 'node:child_process';
import { PermanentFailure, RetryLater } from '@turno/kinds';
let leftover;
export const run = async ({ how }, ctx) => {
  if (how === 'leave') {
    leftover = ctx;
    return process.pid;
  }
  if (how === 'use-leftover') {
    leftover.progress(77, 'of another job');
    const outcome = await leftover.fetch({ url: 'http://127.0.0.1/' }).then(() => 'answered', (error) => error.message);
    ctx.progress(5, 'of this job');
    return { pid: process.pid, outcome };
  }
  if (how === 'fail-late') {
    const timer = setInterval(() => {
      if (!globalThis.someoneElseRuns) return;
      clearInterval(timer);
      throw new Error('too late');
    }, 5);
    return process.pid;
  }
  if (how === 'odd-words') {
    for (const words of [null, 'ready', {}, { type: 'log', level: 'shout' }, { type: 'result' }, { type: 'result', result: { ok: false } }])
      process.send(words);
    process.send({ type: 'progress', percent: 'much', message: 7 });
    return process.pid;
  }
  if (how === 'deafen') {
    process.removeAllListeners('message');
    return process.pid;
  }
  if (how === 'start-another') {
    const { pid } = spawn('sleep', ['3600'], { stdio: 'ignore' });
    ctx.progress(1, String(pid));
    return new Promise(() => {});
  }
  if (how.startsWith('temporary')) {
    const [fs, { tmpdir }] = [await import('node:fs'), await import('node:os')];
    const folder = tmpdir();
    const found = fs.readdirSync(folder);
    fs.mkdirSync(folder + '/inner');
    fs.writeFileSync(folder + '/inner/file', 'of one job');
    if (how === 'temporary-closed') fs.chmodSync(folder + '/inner', 0);
    if (how === 'temporary-stopped') {
      ctx.progress(1, folder);
      return new Promise(() => {});
    }
    return { folder, found, pid: process.pid, mode: fs.statSync(folder).mode & 0o777 };
  }
  if (how === 'large') return new Map(Array.from({ length: 400_000 }, (_none, index) => [index, 'value']));
  globalThis.someoneElseRuns = true;
  if (how === 'wait') return new Promise((resolve) => setTimeout(resolve, 300, process.pid));
  if (how === 'fail-beside') {
    setTimeout(() => { throw new Error('beside it'); }, 10);
    return new Promise(() => {});
  }
  if (how === 'reject-beside') {
    void Promise.reject(new Error('beside it'));
    return new Promise(() => {});
  }
  if (how === 'abort') process.abort();
  if (how === 'parent-memory') {
    const { readFileSync, openSync } = await import('node:fs');
    const open = (file) => {
      try {
        return typeof openSync('/proc/' + process.ppid + '/' + file, 'r');
      } catch (error) {
        return error.code;
      }
    };
    return ['mem', 'environ'].map(open);
  }
  if (how === 'priorities') {
    const [{ readdirSync }, { getPriority }] = [await import('node:fs'), await import('node:os')];
    return readdirSync('/proc/self/task').map((thread) => getPriority(Number(thread)));
  }
  if (how === 'session') {
    const { readFileSync } = await import('node:fs');
    return readFileSync('/proc/self/autogroup', 'utf8');
  }
  if (how === 'odd-message') throw Object.defineProperty(new Error(), 'message', { value: 42 });
  if (how === 'odd-code') throw new PermanentFailure(404, 'gone');
  if (how === 'later') throw new RetryLater('busy', 'not now', 5_000);
  if (how === 'parent-later') return ctx.usage({});
  if (how === 'symbol') throw Symbol('s');
};`;

const dir = mkdtempSync(path.join(tmpdir(), 'turno-reuse-'));
let executor: Executor;
// Never reached: the handlers touch no file.
const { sql } = openPostgres({ url: 'postgres://127.0.0.1:9/none', poolMax: 1, prepare: true, name: 'none' });
const store = createLocalStore({
  folder: new LocalFolder(dir),
  signer: createUrlSigner(['a secret of at least thirty-two characters']),
  publicUrl: '',
});

const options = {
  outputBytesMax: 1_000_000,
  outputInlineBytesMax: 1_000_000,
  files: { sql, store, retentionDays: 1, readBytesMax: 1_000 },
  outbound: createOutbound({ allowHosts: [] }),
  readUsage: () => Promise.reject(new RetryLater('busy', 'not now', 5_000)),
  log: createLog('test', 'silent'),
};

beforeAll(() => {
  mkdirSync(path.join(dir, 'test.reuse'));
  writeFileSync(path.join(dir, 'test.reuse/kind.js'), kindText);
  writeFileSync(path.join(dir, 'test.reuse/run.js'), runText);
  executor = createExecutor({ ...options, cpuConcurrency: 1 });
});
afterAll(async () => {
  await executor.close();
  rmSync(dir, { recursive: true });
});

async function attempt(how: string, signal = new AbortController().signal, onSaid = (_said: unknown) => {}) {
  const entry = (await loadCatalogue({ kindsDir: dir })).get('test.reuse');
  if (entry === undefined) throw new Error('the kind was not found');
  const said: unknown[] = [];
  const result = await executor.execute({
    jobId: 'job_test',
    tenantId: 'ten_test',
    ticket: 1,
    entry,
    input: { how },
    attempt: 1,
    traceparent: null,
    signal,
    onProgress: (percent, message) => (said.push([percent, message]), onSaid(message)),
    lines: { info: (message) => void said.push(message), warn: (message) => void said.push(message) },
  });
  if ('handBack' in result) throw new Error(`handed back: ${result.handBack}`);
  return { result, said };
}

test('Code that a handler left running can neither report nor call services for the next job in its process', async () => {
  const first = await attempt('leave');
  const second = await attempt('use-leftover');
  expect(first.result).toMatchObject({ ok: true });
  const pid = first.result.ok ? first.result.output : undefined;
  expect(second.result).toEqual({ ok: true, output: { pid, outcome: 'this attempt has ended' } });
  expect(second.said).toEqual([[5, 'of this job']]);
});

test('Code that a handler left running fails without the next job, and its process is not used again', async () => {
  const first = await attempt('fail-late');
  const second = await attempt('wait');
  const third = await attempt('wait');
  const [one, two, three] = [first, second, third].map(({ result }) => (result.ok ? result.output : result));
  expect([one, two]).toEqual([expect.any(Number), one]);
  expect(three).toEqual(expect.any(Number));
  expect(three).not.toBe(one);
});

test.each(['fail-beside', 'reject-beside'])('An uncaught error of a handler (%s) fails its own job', async (how) => {
  expect((await attempt(how)).result).toMatchObject({
    ok: false,
    code: 'handler-error',
    message: 'beside it',
    permanent: false,
  });
});

test('Messages that a handler sends on the channel of its process have no effect', async () => {
  const { result, said } = await attempt('odd-words');
  expect(result).toEqual({ ok: true, output: expect.any(Number) });
  expect(said).toEqual([]);
});

test('A process whose message listeners a handler removed is replaced before the next job', async () => {
  const { result: first } = await attempt('deafen');
  const { result: second } = await attempt('wait');
  expect([first, second]).toEqual([
    { ok: true, output: expect.any(Number) },
    { ok: true, output: expect.any(Number) },
  ]);
  expect(second).not.toEqual(first);
});

interface Temporary {
  folder: string;
  found: string[];
  pid: number;
  mode: number;
}

const temporary = async (how = 'temporary') => {
  const { result } = await attempt(how);
  if (!result.ok) throw new Error(result.message);
  return result.output as Temporary;
};

test('A handler finds its folder for temporary files empty, also after a job that closed a folder in it', async () => {
  const [first, second] = [await temporary(), await temporary()];
  expect([first.found, first.mode, second]).toEqual([[], 0o700, first]);
  const third = await temporary('temporary-closed');
  const fourth = await temporary();
  expect([third.found, fourth.found]).toEqual([[], []]);
  // Each process has a folder of its own, which ends with it.
  if (fourth.pid !== third.pid) await eventually(() => expect(existsSync(third.folder)).toBe(false));
});

test('The temporary files of a stopped job are removed', async () => {
  const stop = new AbortController();
  let folder = '';
  const { result } = await attempt('temporary-stopped', stop.signal, (said) => {
    folder = String(said);
    stop.abort({ code: 'timeout', message: 'too long' });
  });
  expect(result).toMatchObject({ ok: false, code: 'timeout' });
  expect(folder).toContain('turno-job-');
  await eventually(() => expect(existsSync(folder)).toBe(false));
});

test('The next pool of children removes the temporary files of a worker that was killed', async () => {
  const [ofThisMachine] = /^.*turno-job-\d+/.exec((await temporary()).folder) ?? [];
  const folder = `${ofThisMachine}-99999999-of-a-killed-worker`;
  mkdirSync(path.join(folder, 'inner'), { recursive: true });
  const next = createExecutor({ ...options, cpuConcurrency: 0 });
  await eventually(() => expect(existsSync(folder)).toBe(false));
  await next.close();
  expect(await temporary()).toMatchObject({ found: [] });
});

test('The processes that a handler started are killed with it', async () => {
  const stop = new AbortController();
  let started: ReturnType<typeof remember> | undefined;
  const { result } = await attempt('start-another', stop.signal, (pid) => {
    started = remember([Number(pid)]);
    stop.abort({ code: 'timeout', message: 'too long' });
  });
  expect(result).toMatchObject({ ok: false, code: 'timeout' });
  await expectAllGone(started ?? new Map());
});

test('An output that is far too large is rejected in the child, since it would block the event loop of the worker', async () => {
  // As JSON it is {}, which is all that the worker would have looked at.
  expect((await attempt('large')).result).toMatchObject({ ok: false, code: 'output-too-large', permanent: true });
});

test('A handler that aborts its process does not fail as out-of-memory', async () => {
  expect((await attempt('abort')).result).toMatchObject({ ok: false, code: 'child-exited' });
});

test.runIf(process.getuid?.() === 0)('A handler of a root worker cannot read the memory of the worker', async () => {
  expect((await attempt('parent-memory')).result).toEqual({ ok: true, output: ['EACCES', 'EACCES'] });
});

test.runIf(process.platform === 'linux')('Every thread of a handler has a low priority', async () => {
  const { result } = await attempt('priorities');
  expect(new Set(result.ok ? (result.output as number[]) : [])).toEqual(new Set([10]));
});

test.runIf(existsSync('/proc/self/autogroup'))(
  'The session of a handler has a low priority where the kernel shares the processor between sessions',
  () =>
    eventually(async () =>
      expect((await attempt('session')).result).toMatchObject({ output: expect.stringMatching(/nice 10$/m) }),
    ),
);

test.each([
  ['odd-message', { code: 'handler-error', message: '42', permanent: false }],
  ['odd-code', { code: 'handler-error', message: 'gone', permanent: true }],
  ['later', { code: 'busy', message: 'not now', permanent: false, retryAfterMs: 5_000 }],
  ['parent-later', { code: 'busy', message: 'not now', permanent: false, retryAfterMs: 5_000 }],
  ['symbol', { code: 'handler-error', message: 'The handler threw Symbol(s).', permanent: false }],
])(
  'A thrown value (%s), in the handler or in a service of the worker, becomes a code and a text message',
  async (how, failure) => {
    expect((await attempt(how)).result).toMatchObject({ ok: false, ...failure });
  },
);
