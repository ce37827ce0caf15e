import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import type { FromSupervisor, SupervisorTask, ToSupervisor } from './messages.ts';
import { endProcess, startTimeOf, waitUntilGone } from '../system/processes.ts';

/*
 * A process between a store and the process that started it. It outlives its parent, so that it can stop the store
 * cleanly after the parent was killed: first it waits until the store's dependants have ended. It runs in its own
 * session, where Ctrl-C does not reach it.
 */

const restartPauseMs = 300;
const task = JSON.parse(process.argv[2] ?? '{}') as SupervisorTask;
const log = openSync(task.logFile, 'a', 0o600);
let dependants = new Map<number, string>();
let stopping = false;
let store = run();

function run(): ChildProcess {
  const child = spawn(task.command, task.args, { cwd: task.cwd, env: task.env, stdio: ['ignore', log, log] });
  child.once('error', (error) => onExit(error.message));
  child.once('exit', (code, signal) => onExit(signal ?? `code ${code}`));
  if (child.pid !== undefined) sendToParent({ type: 'started', pid: child.pid });
  return child;
}

function onExit(reason: string): void {
  sendToParent({ type: 'ended', reason });
  if (stopping || !task.restart) process.exit(stopping ? 0 : 1);
  setTimeout(() => {
    if (!stopping) store = run();
  }, restartPauseMs);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (store.pid !== undefined) await endProcess(store.pid, task.stopSignals, task.stopStepMs);
  process.exit(0);
}

/** Runs when the parent is gone. Dependants end by themselves; one that hangs is killed before the store is stopped. */
async function stopAfterDependants(): Promise<void> {
  task.restart = false;
  const deadline = Date.now() + task.dependantsMs;
  for (const [pid, startTime] of dependants) {
    if (!(await waitUntilGone(pid, startTime, deadline - Date.now()))) await endProcess(pid, ['SIGKILL'], 1_000);
  }
  await stop();
}

function sendToParent(message: FromSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}

process.on('message', (message: ToSupervisor) => {
  if (message.type === 'stop') void stop();
  else dependants = new Map(message.pids.map((pid) => [pid, startTimeOf(pid) ?? '']));
});
process.on('disconnect', () => void stopAfterDependants());
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
