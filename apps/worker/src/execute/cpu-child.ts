import type { ChildProcess } from 'node:child_process';
import type { AttemptResult, AttemptTask } from '@turno/jobs';
import type { HandlerContext } from '@turno/kinds';
import type { Log } from '@turno/runtime';
import type { FromChild, RemoteCalls, ToChild } from './messages.ts';
import { spawnChild } from './spawn-child.ts';
import { stopResult } from './stop-result.ts';
import { toFailure } from './to-failure.ts';

type Services = Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>;

/** One CPU child from its start to its exit. It takes one task at a time. */
export interface CpuChild {
  readonly memoryMb: number;
  readonly pid: number | undefined;
  /** False once it has ended, or must not be used again. */
  alive(): boolean;
  /** Never rejects. When the signal aborts the process is killed, and this resolves when it is gone. */
  run(task: AttemptTask, services: Services): Promise<AttemptResult>;
  kill(): Promise<void>;
}

const readyWithinMs = 10_000;
const outputKept = 4_000;
const lastWordsMs = 100;
/** The last words of V8, of C++ and of an uncaught error. A process that ends by a signal alone ended for another reason. */
const memoryText = /out of memory|allocation failed|cannot allocate memory|bad_alloc/i;

export function startCpuChild(memoryMb: number, log: Log): CpuChild {
  const child = spawnChild(memoryMb, log);
  let gone = false;
  let spent = false;
  let busy = false;
  let lastWords = '';
  const exited = new Promise<string>((resolve) => {
    const end = (how: string) => {
      gone = true;
      resolve(how);
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      // Its last words may still be in the pipe; a grandchild that holds the pipe open must not hold us up.
      const timer = setTimeout(end, lastWordsMs, how);
      child.once('close', () => {
        clearTimeout(timer);
        end(how);
      });
    });
  });
  const ready = waitUntilReady(child, exited);
  const hear = (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-outputKept);
  };
  child.stderr?.on('data', hear);
  child.stdout?.on('data', hear);
  child.on('message', (message: FromChild) => {
    if (message.type !== 'unfit') return;
    log.warn({ why: message.why }, 'what a handler left running failed, its process is replaced');
    spent = true;
    if (!busy) child.kill('SIGKILL');
  });

  return {
    memoryMb,
    pid: child.pid,
    alive: () => !gone && !spent,
    async run(task, services) {
      busy = true;
      lastWords = '';
      const ended = exited.then((how) => (task.signal.aborted ? stopResult(task.signal) : died(how, lastWords)));
      const kill = () => child.kill('SIGKILL');
      task.signal.addEventListener('abort', kill, { once: true });
      if (task.signal.aborted) kill();
      await ready;
      const result = await Promise.race([ended, converse(child, task, services)]);
      busy = false;
      task.signal.removeEventListener('abort', kill);
      if (lastWords !== '') log.info({ jobId: task.jobId, attempt: task.attempt, output: lastWords }, 'handler output');
      // A signal that came with the result: the kill is under way, and only its end counts.
      if (task.signal.aborted) return ended;
      if (!result.ok && result.code === 'out-of-memory') spent = true;
      if (spent) kill();
      return result;
    },
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A child under a cap that is too small hangs at its start; it is killed, and its exit tells the rest. */
async function waitUntilReady(child: ChildProcess, exited: Promise<string>): Promise<void> {
  const timer = setTimeout(() => child.kill('SIGKILL'), readyWithinMs);
  const first = new Promise<void>((resolve) => child.once('message', () => resolve()));
  await Promise.race([first, exited]);
  clearTimeout(timer);
}

/** Gives the task to the child, serves its calls, and resolves with its result. */
function converse(child: ChildProcess, task: AttemptTask, services: Services): Promise<AttemptResult> {
  const { jobId, attempt, input, entry } = task;
  return new Promise((resolve) => {
    const listen = (message: FromChild) => {
      if (message.type === 'progress') task.onProgress(message.percent, message.message);
      else if (message.type === 'log') services.log[message.level](message.message, message.fields);
      else if (message.type === 'call') void serve(child, services, message);
      else if (message.type === 'result') {
        child.off('message', listen);
        resolve(message.result);
      }
    };
    child.on('message', listen);
    tell(child, { type: 'run', task: { runFile: entry.runFile, input, jobId, attempt } });
  });
}

async function serve(child: ChildProcess, services: Services, message: FromChild & { type: 'call' }): Promise<void> {
  const { call, name, argument } = message;
  try {
    tell(child, { type: 'answer', call, value: await callsOf(services)[name](argument as never) });
  } catch (error) {
    tell(child, { type: 'refuse', call, failure: toFailure(error) });
  }
}

function callsOf({ fetch, usage, files }: Services): RemoteCalls {
  return { fetch, usage, readFile: files.read, writeFile: files.write };
}

/** A child that is gone cannot be told, and its exit is heard elsewhere. */
function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {});
}

function died(how: string, lastWords: string): AttemptResult {
  return memoryText.test(lastWords)
    ? {
        ok: false,
        code: 'out-of-memory',
        message: 'The handler needed more memory than its kind allows.',
        permanent: false,
      }
    : { ok: false, code: 'child-exited', message: `The handler's process ended by itself (${how}).`, permanent: false };
}
