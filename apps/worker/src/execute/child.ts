import { AsyncLocalStorage } from 'node:async_hooks';
import { tmpdir } from 'node:os';
import { serialize } from 'node:v8';
import { type Handler, type Kind, loadHandler, PermanentFailure, RetryLater } from '@turno/kinds/handlers';
import type { ChildTask, FromChild, PlainFailure, RemoteArgument, RemoteCall, ToChild } from './messages.ts';
import { emptyTemporaryFolder } from '../sandbox/temporary-folder.ts';
import { throttleProgress } from './throttle-progress.ts';
import { toFailedResult, toFailure } from './to-failure.ts';
import { outputTooLarge } from './output-too-large.ts';

/**
 * The entry of a CPU child.
 * It runs one task at a time, has no secrets, and calls services only through its parent. It imports no module that
 * loads zod, which would be more than half of its start time and a quarter of its memory.
 */

const temporaryFolder = tmpdir();
const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
let lastCall = 0;

/** The handlers that this process has loaded or is loading. */
const handlers = new Map<string, Promise<Handler<Kind>>>();

/** The run that the current code belongs to, also in its timers and after its end. */
const runs = new AsyncLocalStorage<Run>();
let current: Run | undefined;

interface Run {
  ended: boolean;
  fail: (error: unknown) => void;
}

/** An uncaught error fails the run that it came from, and not another run that happens to be in progress. */
process.on('uncaughtException', (error: unknown) => {
  send({ type: 'unusable', reason: toFailure(error).message });
  const owner = runs.getStore() ?? current;
  if (owner?.ended === false) owner.fail(error);
});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.type === 'run') begin(message.task);
  else if (message.type === 'load') void loadAhead(message.runFile);
  else if (message.type === 'check') becomeReady();
  else if (message.type === 'answer') takeCall(message.call)?.resolve(message.value);
  else takeCall(message.call)?.reject(toError(message.failure));
});
// Other users must not read the files of a handler that has a user of its own.
if (process.argv.includes('--own-user')) process.umask(0o077);
becomeReady();

/** Removes what the last handler left in the folder for temporary files, before the next task comes. */
function becomeReady(): void {
  try {
    emptyTemporaryFolder(temporaryFolder);
  } catch (error) {
    const reason = `the folder for temporary files cannot be emptied: ${toFailure(error).message}`;
    if (current !== undefined) return send({ type: 'unusable', reason });
  }
  send({ type: 'ready' });
}

/** Loads a handler before its first task, so that the task does not wait for it. */
async function loadAhead(runFile: string): Promise<void> {
  const failure = await load(runFile).then(
    () => null,
    (error: unknown) => toFailure(error).message,
  );
  send({ type: 'loaded', runFile, failure });
}

function load(runFile: string): Promise<Handler<Kind>> {
  const loading = handlers.get(runFile) ?? loadHandler(runFile);
  handlers.set(runFile, loading);
  loading.catch(() => handlers.delete(runFile));
  return loading;
}

function begin(task: ChildTask): void {
  const run: Run = { ended: false, fail: () => {} };
  const failed = new Promise<never>((_resolve, reject) => (run.fail = reject));
  current = run;
  void runs.run(run, () => work(run, task, failed));
}

async function work(run: Run, task: ChildTask, failed: Promise<never>): Promise<void> {
  // Code that a handler left running must not send messages for the next task, which may be of another tenant.
  const sendWhileRunning = (message: FromChild) => {
    if (!run.ended) send(message);
  };
  const callWhileRunning = (name: RemoteCall, argument: RemoteArgument) =>
    run.ended ? Promise.reject(new Error('this attempt has ended')) : callParent(name, argument);
  const progress = throttleProgress((percent, message) => sendWhileRunning({ type: 'progress', percent, message }));
  try {
    const handler = await load(task.runFile);
    const output = await Promise.race([
      failed,
      handler(task.input, {
        jobId: task.jobId,
        attempt: task.attempt,
        signal: new AbortController().signal, // never aborts: a child is killed instead
        progress: progress.report,
        fetch: (request) => callWhileRunning('fetch', request) as never,
        usage: (range) => callWhileRunning('usage', range) as never,
        files: {
          read: (fileId) => callWhileRunning('readFile', fileId) as never,
          write: (file) => callWhileRunning('writeFile', file) as never,
        },
        log: {
          info: (message, fields) => sendWhileRunning({ type: 'log', level: 'info', message, fields }),
          warn: (message, fields) => sendWhileRunning({ type: 'log', level: 'warn', message, fields }),
        },
      }),
    ]);
    progress.flush();
    run.ended = true;
    sendOutput(output, task.outputBytesMax);
  } catch (error) {
    run.ended = true;
    send({ type: 'result', result: toFailedResult(error) });
  }
}

/**
 * An upper bound of the bytes of a structured clone per byte of JSON.
 * A number such as 0.5 takes 9 bytes for 4 of JSON, its comma included.
 */
const clonePerJson = 3;

/**
 * Sends the output to the parent.
 * A value that structured clone cannot copy (a function, say) fails the attempt, not the child. An output that is far
 * too large is rejected here: to deserialize it would block the worker and its other attempts.
 */
function sendOutput(output: unknown, bytesMax: number): void {
  try {
    const bytes = serialize(output).length;
    const result =
      bytes > clonePerJson * bytesMax ? outputTooLarge(`${bytes} bytes`, bytesMax) : ({ ok: true, output } as const);
    send({ type: 'result', result });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ type: 'result', result: { ok: false, code: 'output-invalid', message: reason, permanent: true } });
  }
}

function callParent(name: RemoteCall, argument: RemoteArgument): Promise<unknown> {
  lastCall += 1;
  const call = lastCall;
  return new Promise((resolve, reject) => {
    calls.set(call, { resolve, reject });
    send({ type: 'call', call, name, argument });
  });
}

function takeCall(call: number) {
  const pending = calls.get(call);
  calls.delete(call);
  return pending;
}

function toError({ code, message, permanent, retryAfterMs }: PlainFailure): Error {
  if (permanent) return new PermanentFailure(code, message);
  return retryAfterMs === undefined ? new Error(message) : new RetryLater(code, message, retryAfterMs);
}

function send(message: FromChild): void {
  process.send?.(message);
}
