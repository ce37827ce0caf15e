import type { ChildProcess } from 'node:child_process';
import type { AttemptResult, AttemptTask } from '@turno/jobs';
import type { HandlerContext } from '@turno/kinds';
import type { Log } from '@turno/runtime';
import { toMessage } from './from-child.ts';
import { lowerPriority } from './lower-priority.ts';
import type { ChildTask, FromChild, RemoteCalls, ToChild } from './messages.ts';
import { killGroup, killRest, spawnChild } from './spawn-child.ts';
import { stopResult } from './stop-result.ts';
import { toProgress } from './thin-progress.ts';
import { toFailure } from './to-failure.ts';

type Services = Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>;

/** One CPU child from its start to its exit. It takes one task at a time. */
export interface CpuChild {
  readonly memoryMb: number;
  readonly pid: number | undefined;
  /** False once it has ended, or must not be used again. */
  alive(): boolean;
  /**
   * Never rejects. When the signal aborts the process is killed, and this resolves when it is gone. Undefined, and nothing has begun, when
   * what an earlier handler left here does not let it come to itself: then it is killed as well.
   */
  run(task: AttemptTask, services: Services): Promise<AttemptResult | undefined>;
  kill(): Promise<void>;
}

export interface CpuChildOptions extends Pick<ChildTask, 'outputBytesMax'> {
  memoryMb: number;
  log: Log;
}

/** A start takes a fifth of a second of one core. One that a busy machine holds up is not to cost its job an attempt. */
const readyWithinMs = 30_000;
/** After a task. Long enough for a machine that is busy, short enough for whoever waits for it. */
const readyAgainWithinMs = 2_000;
const outputKept = 4_000;
const lastWordsMs = 100;
/** The last words of V8, of C++ and of an uncaught error. A process that ends by a signal alone ended for another reason. */
const memoryText = /out of memory|allocation failed|cannot allocate memory|bad_alloc/i;

export function startCpuChild({ memoryMb, outputBytesMax, log }: CpuChildOptions): CpuChild {
  const child = spawnChild(memoryMb, log);
  const kill = () => killGroup(child);
  let gone = false;
  let used = false;
  let spent = false;
  let busy = false;
  let lastWords = '';
  const exited = exitOf(child).then((how) => {
    gone = true;
    return how;
  });
  let ready = waitUntilReady(child, exited, readyWithinMs).then(() => lowerPriority(child));
  const hear = (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-outputKept);
  };
  child.stderr?.on('data', hear);
  child.stdout?.on('data', hear);
  child.on('message', (said: unknown) => {
    const message = toMessage(said);
    if (message?.type !== 'unfit') return;
    log.warn({ why: message.why }, 'what a handler left running failed, its process is replaced');
    spent = true;
    if (!busy) kill();
  });

  return {
    memoryMb,
    pid: child.pid,
    alive: () => !gone && !spent,
    async run(task, services) {
      busy = true;
      lastWords = '';
      const ended = exited.then((how) => (task.signal.aborted ? stopResult(task.signal) : died(how, lastWords)));
      task.signal.addEventListener('abort', kill, { once: true });
      if (task.signal.aborted) kill();
      await ready;
      const isLost = gone && used && !task.signal.aborted;
      used = true;
      const talk = isLost ? undefined : converse(child, { task, services, outputBytesMax });
      const result = await (talk && Promise.race([ended, talk]));
      busy = false;
      task.signal.removeEventListener('abort', kill);
      if (result === undefined) return undefined;
      if (lastWords !== '') log.info({ jobId: task.jobId, attempt: task.attempt, output: lastWords }, 'handler output');
      // A signal that came with the result: the kill is under way, and only its end counts.
      if (task.signal.aborted) return ended;
      if (!result.ok && result.code === 'out-of-memory') spent = true;
      if (spent) kill();
      else ready = waitUntilReadyAgain(child, exited);
      return result;
    },
    async kill() {
      kill();
      await exited;
    },
  };
}

/** Resolves with how it ended, when its last words have been heard. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      killRest(child);
      // Its last words may still be in the pipe; a grandchild that holds the pipe open must not hold us up.
      const timer = setTimeout(resolve, lastWordsMs, how);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

/** A child under a cap that is too small hangs at its start; it is killed, and its exit tells the rest. */
async function waitUntilReady(child: ChildProcess, exited: Promise<string>, withinMs: number): Promise<void> {
  const timer = setTimeout(() => killGroup(child), withinMs);
  let listen = (_said: unknown) => {};
  const ready = new Promise<void>((resolve) => {
    listen = (said) => toMessage(said)?.type === 'ready' && resolve();
  });
  child.on('message', listen);
  await Promise.race([ready, exited]);
  child.off('message', listen);
  clearTimeout(timer);
}

/** A handler may have left a loop behind, or have made its process deaf: the next task is not to wait for it until its time is over. */
function waitUntilReadyAgain(child: ChildProcess, exited: Promise<string>): Promise<void> {
  const ready = waitUntilReady(child, exited, readyAgainWithinMs);
  tell(child, { type: 'attend' });
  return ready;
}

interface Conversation extends Pick<ChildTask, 'outputBytesMax'> {
  task: AttemptTask;
  services: Services;
}

/** Gives the task to the child, serves its calls, and resolves with its result. */
function converse(child: ChildProcess, { task, services, outputBytesMax }: Conversation): Promise<AttemptResult> {
  const { jobId, attempt, input, entry } = task;
  return new Promise((resolve) => {
    const listen = (said: unknown) => {
      const message = toMessage(said);
      if (message?.type === 'progress') {
        const progress = toProgress(message.percent, message.message);
        if (progress !== undefined) task.onProgress(...progress);
      } else if (message?.type === 'log') services.log[message.level](message.message, message.fields);
      else if (message?.type === 'call') void serve(child, services, message);
      else if (message?.type === 'result') {
        child.off('message', listen);
        resolve(message.result);
      }
    };
    child.on('message', listen);
    tell(child, { type: 'run', task: { runFile: entry.runFile, input, jobId, attempt, outputBytesMax } });
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
