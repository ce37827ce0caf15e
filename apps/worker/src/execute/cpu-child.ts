import type { ChildProcess } from 'node:child_process';
import type { AttemptResult, AttemptTask } from '@turno/jobs';
import type { HandlerContext } from '@turno/kinds';
import { nameTemporaryFolder, removeTemporaryFolder } from '../sandbox/temporary-folder.ts';
import { parseChildMessage } from './parse-message.ts';
import { lowerPriority } from './lower-priority.ts';
import type { ChildTask, FromChild, RemoteCalls, ToChild } from './messages.ts';
import { killGroup, killRest, spawnChild, type SpawnOptions } from './spawn-child.ts';
import { stopResult } from './stop-result.ts';
import { normalizeProgress } from './throttle-progress.ts';
import { toFailure } from './to-failure.ts';

type Services = Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'>;

/** One CPU child from its start to its exit. It runs one task at a time. */
export interface CpuChild {
  readonly memoryMb: number;
  readonly pid: number | undefined;
  /** Returns false once the child has ended or must not be used again. */
  alive(): boolean;
  /**
   * Runs a task and never rejects.
   * When the signal of the task aborts, the child is killed, and this resolves when it is gone. Resolves with
   * undefined, without a start of the task, when code of an earlier handler blocks the child; then it is killed as
   * well.
   */
  run(task: AttemptTask, services: Services): Promise<AttemptResult | undefined>;
  /** Loads a handler. Resolves with the reason when that fails, and never rejects. */
  load(runFile: string): Promise<string | null>;
  kill(): Promise<void>;
}

export interface CpuChildOptions extends Omit<SpawnOptions, 'temporaryFolder'>, Pick<ChildTask, 'outputBytesMax'> {
  /** A handler that the child loads as part of its start. */
  runFile?: string | undefined;
}

/**
 * A start takes 0.2 s of one core.
 * The limit is generous: a slow start on a busy machine must not cost a job an attempt.
 */
const startTimeoutMs = 30_000;
/** The time to become ready after a task: long enough for a busy machine, short enough for the next job. */
const reuseTimeoutMs = 2_000;
const outputCharsMax = 4_000;
const lastOutputMs = 100;
/**
 * The last output of V8, of C++ and of an uncaught error.
 * Without such output a process that was killed had another reason.
 */
const memoryText = /out of memory|allocation failed|cannot allocate memory|bad_alloc/i;

/** Starts a CPU child with a memory cap in MiB. */
export function startCpuChild({ outputBytesMax, runFile, ...options }: CpuChildOptions): CpuChild {
  const { memoryMb, log, cell } = options;
  const temporaryFolder = nameTemporaryFolder(cell);
  const child = spawnChild({ ...options, temporaryFolder });
  const kill = () => killGroup(child);
  let exitedAlready = false;
  let used = false;
  let unusable = false;
  let busy = false;
  let lastOutput = '';
  const exited = exitOf(child).then((how) => {
    exitedAlready = true;
    return how;
  });
  const removed = exited.then(() => removeTemporaryFolder(temporaryFolder, cell));
  const load = (file: string) => {
    const ended = exited.then((how) => `its process ended (${how}) ${lastOutput}`.trim());
    return Promise.race([loaded(child, file), ended]);
  };
  const started = waitUntilReady(child, exited, startTimeoutMs);
  let ready = started.then(() => runFile && load(runFile)).then(() => lowerPriority(child));
  const collectOutput = (chunk: Buffer) => {
    lastOutput = (lastOutput + chunk.toString()).slice(-outputCharsMax);
  };
  child.stderr?.on('data', collectOutput);
  child.stdout?.on('data', collectOutput);
  child.on('message', (value: unknown) => {
    const message = parseChildMessage(value);
    if (message?.type !== 'unusable') return;
    log.warn({ reason: message.reason }, 'code that a handler left running failed; its process is replaced');
    unusable = true;
    if (!busy) kill();
  });

  return {
    memoryMb,
    pid: child.pid,
    alive: () => !exitedAlready && !unusable,
    async run(task, services) {
      busy = true;
      lastOutput = '';
      const ended = exited.then((how) => (task.signal.aborted ? stopResult(task.signal) : exitResult(how, lastOutput)));
      task.signal.addEventListener('abort', kill, { once: true });
      if (task.signal.aborted) kill();
      await ready;
      const isLost = exitedAlready && used && !task.signal.aborted;
      used = true;
      const conversation = isLost ? undefined : converse(child, { task, services, outputBytesMax });
      const result = await (conversation && Promise.race([ended, conversation]));
      busy = false;
      task.signal.removeEventListener('abort', kill);
      if (result === undefined) return undefined;
      if (lastOutput !== '')
        log.info({ jobId: task.jobId, attempt: task.attempt, output: lastOutput }, 'handler output');
      // The signal aborted together with the result: the kill has begun, and only the exit counts.
      if (task.signal.aborted) return ended;
      if (!result.ok && result.code === 'out-of-memory') unusable = true;
      if (unusable) kill();
      else ready = checkReusable(child, exited);
      return result;
    },
    load: (file) => started.then(() => load(file)),
    async kill() {
      kill();
      await removed;
    },
  };
}

/** Lets the child load a handler. Resolves with the reason when that fails. */
function loaded(child: ChildProcess, runFile: string): Promise<string | null> {
  return new Promise((resolve) => {
    const listen = (value: unknown) => {
      const message = parseChildMessage(value);
      if (message?.type !== 'loaded' || message.runFile !== runFile) return;
      child.off('message', listen);
      resolve(message.failure === null ? null : message.failure);
    };
    child.on('message', listen);
    send(child, { type: 'load', runFile });
  });
}

/** Resolves with the exit code or signal once the last output has arrived. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => {
      const how = signal ?? `exit code ${code}`;
      killRest(child);
      // The last output may still be in the pipe; but a grandchild may keep the pipe open, so the wait is limited.
      const timer = setTimeout(resolve, lastOutputMs, how);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(how);
      });
    });
  });
}

/**
 * Waits for a ready message.
 * A child that sends none is killed, for example one that hangs under too small a memory cap.
 */
async function waitUntilReady(child: ChildProcess, exited: Promise<string>, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => killGroup(child), timeoutMs);
  let listen = (_value: unknown) => {};
  const ready = new Promise<void>((resolve) => {
    listen = (value) => parseChildMessage(value)?.type === 'ready' && resolve();
  });
  child.on('message', listen);
  await Promise.race([ready, exited]);
  child.off('message', listen);
  clearTimeout(timer);
}

/**
 * Checks that the child still answers.
 * A handler may have left a loop or removed the listeners, and would block the next task.
 */
function checkReusable(child: ChildProcess, exited: Promise<string>): Promise<void> {
  const ready = waitUntilReady(child, exited, reuseTimeoutMs);
  send(child, { type: 'check' });
  return ready;
}

interface ConversationOptions extends Pick<ChildTask, 'outputBytesMax'> {
  task: AttemptTask;
  services: Services;
}

/** Sends the task to the child, serves its calls, and resolves with its result. */
function converse(
  child: ChildProcess,
  { task, services, outputBytesMax }: ConversationOptions,
): Promise<AttemptResult> {
  const { jobId, attempt, input, entry } = task;
  return new Promise((resolve) => {
    const listen = (value: unknown) => {
      const message = parseChildMessage(value);
      if (message?.type === 'progress') {
        const progress = normalizeProgress(message.percent, message.message);
        if (progress !== undefined) task.onProgress(...progress);
      } else if (message?.type === 'log') services.log[message.level](message.message, message.fields);
      else if (message?.type === 'call') void serve(child, services, message);
      else if (message?.type === 'result') {
        child.off('message', listen);
        resolve(message.result);
      }
    };
    child.on('message', listen);
    send(child, { type: 'run', task: { runFile: entry.runFile, input, jobId, attempt, outputBytesMax } });
  });
}

async function serve(child: ChildProcess, services: Services, message: FromChild & { type: 'call' }): Promise<void> {
  const { call, name, argument } = message;
  try {
    send(child, { type: 'answer', call, value: await callsOf(services)[name](argument as never) });
  } catch (error) {
    send(child, { type: 'error', call, failure: toFailure(error) });
  }
}

function callsOf({ fetch, usage, files }: Services): RemoteCalls {
  return { fetch, usage, readFile: files.read, writeFile: files.write };
}

/** Sends a message, unless the child is gone; its exit is handled elsewhere. */
function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {});
}

function exitResult(how: string, lastOutput: string): AttemptResult {
  return memoryText.test(lastOutput)
    ? {
        ok: false,
        code: 'out-of-memory',
        message: 'The handler needed more memory than the memoryMb of its kind.',
        permanent: false,
      }
    : {
        ok: false,
        code: 'child-exited',
        message: `The handler's process exited by itself (${how}).`,
        permanent: false,
      };
}
