import { AsyncLocalStorage } from 'node:async_hooks';
import { serialize } from 'node:v8';
import { loadHandler, PermanentFailure, RetryLater } from '@turno/kinds/handlers';
import type { ChildTask, FromChild, PlainFailure, RemoteArgument, RemoteCall, ToChild } from './messages.ts';
import { thinProgress } from './thin-progress.ts';
import { toFailedResult, toFailure } from './to-failure.ts';
import { tooLarge } from './too-large.ts';

/**
 * The entry of a CPU child: one task at a time, no secrets, and the parent as its only way to the world. It imports nothing that loads
 * zod, which would be more than half of its start and a quarter of its memory.
 */

const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
let lastCall = 0;

/** The run on whose behalf code is carried out, also in its timers and after its end. */
const runs = new AsyncLocalStorage<Run>();
let current: Run | undefined;

interface Run {
  over: boolean;
  fail: (error: unknown) => void;
}

/** An error that nobody caught is the fault of the run it came from, and of no other that happens to be under way. */
process.on('uncaughtException', (error: unknown) => {
  send({ type: 'unfit', why: toFailure(error).message });
  const guilty = runs.getStore() ?? current;
  if (guilty?.over === false) guilty.fail(error);
});
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToChild) => {
  if (message.type === 'run') begin(message.task);
  else if (message.type === 'attend') send({ type: 'ready' });
  else if (message.type === 'answer') take(message.call)?.resolve(message.value);
  else take(message.call)?.reject(toError(message.failure));
});
send({ type: 'ready' });

function begin(task: ChildTask): void {
  const run: Run = { over: false, fail: () => {} };
  const failed = new Promise<never>((_resolve, reject) => (run.fail = reject));
  current = run;
  void runs.run(run, () => work(run, task, failed));
}

async function work(run: Run, task: ChildTask, failed: Promise<never>): Promise<void> {
  // What a handler left running after its end must not speak in the name of the next task, which may be another tenant's.
  const say = (message: FromChild) => {
    if (!run.over) send(message);
  };
  const askWhileRunning = (name: RemoteCall, argument: RemoteArgument) =>
    run.over ? Promise.reject(new Error('this attempt is over')) : ask(name, argument);
  const progress = thinProgress((percent, message) => say({ type: 'progress', percent, message }));
  try {
    const handler = await loadHandler(task.runFile);
    const output = await Promise.race([
      failed,
      handler(task.input, {
        jobId: task.jobId,
        attempt: task.attempt,
        signal: new AbortController().signal, // a child that shall stop is killed
        progress: progress.note,
        fetch: (request) => askWhileRunning('fetch', request) as never,
        usage: (range) => askWhileRunning('usage', range) as never,
        files: {
          read: (fileId) => askWhileRunning('readFile', fileId) as never,
          write: (file) => askWhileRunning('writeFile', file) as never,
        },
        log: {
          info: (message, fields) => say({ type: 'log', level: 'info', message, fields }),
          warn: (message, fields) => say({ type: 'log', level: 'warn', message, fields }),
        },
      }),
    ]);
    progress.flush();
    run.over = true;
    sendOutput(output, task.outputBytesMax);
  } catch (error) {
    run.over = true;
    send({ type: 'result', result: toFailedResult(error) });
  }
}

/** At most so many bytes does a clone take for one of JSON: 9 for a number such as 0.5 and its comma, with some to spare. */
const clonePerJson = 3;

/**
 * What structured clone cannot carry (a function, say) is the handler's fault and not this child's end. What is far too large is
 * refused here: to take it in would block the worker, and all others with it.
 */
function sendOutput(output: unknown, bytesMax: number): void {
  try {
    const bytes = serialize(output).length;
    const result =
      bytes > clonePerJson * bytesMax ? tooLarge(`${bytes} bytes`, bytesMax) : ({ ok: true, output } as const);
    send({ type: 'result', result });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    send({ type: 'result', result: { ok: false, code: 'output-invalid', message: reason, permanent: true } });
  }
}

function ask(name: RemoteCall, argument: RemoteArgument): Promise<unknown> {
  lastCall += 1;
  const call = lastCall;
  return new Promise((resolve, reject) => {
    calls.set(call, { resolve, reject });
    send({ type: 'call', call, name, argument });
  });
}

function take(call: number) {
  const waiting = calls.get(call);
  calls.delete(call);
  return waiting;
}

function toError({ code, message, permanent, retryAfterMs }: PlainFailure): Error {
  if (permanent) return new PermanentFailure(code, message);
  return retryAfterMs === undefined ? new Error(message) : new RetryLater(code, message, retryAfterMs);
}

function send(message: FromChild): void {
  process.send?.(message);
}
