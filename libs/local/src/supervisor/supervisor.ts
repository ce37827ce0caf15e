import { spawn, type ChildProcess } from 'node:child_process';
import { openSync } from 'node:fs';
import type { FromSupervisor, SupervisorOrder, ToSupervisor } from './messages.ts';
import { birthOf, endProcess, goneWithin } from '../system/processes.ts';

/*
 * A process of its own between whoever starts a store and the store. It outlives its parent, and so can stop the store
 * cleanly after a parent that was killed: first it waits until those who use the store have ended. It stands in its own
 * session, where Ctrl-C does not reach it.
 */

const restartPauseMs = 300;
const order = JSON.parse(process.argv[2] ?? '{}') as SupervisorOrder;
const log = openSync(order.logFile, 'a', 0o600);
let dependants = new Map<number, string>();
let stopping = false;
let store = run();

function run(): ChildProcess {
  const child = spawn(order.command, order.args, { cwd: order.cwd, env: order.env, stdio: ['ignore', log, log] });
  child.once('error', (error) => ended(error.message));
  child.once('exit', (code, signal) => ended(signal ?? `code ${code}`));
  if (child.pid !== undefined) tell({ type: 'started', pid: child.pid });
  return child;
}

function ended(reason: string): void {
  tell({ type: 'ended', reason });
  if (stopping || !order.restart) process.exit(stopping ? 0 : 1);
  setTimeout(() => {
    if (!stopping) store = run();
  }, restartPauseMs);
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  if (store.pid !== undefined) await endProcess(store.pid, order.stopSignals, order.stopStepMs);
  process.exit(0);
}

/** The parent is gone. Those who used the store end by themselves; one that hangs is ended before the store is. */
async function stopAfterDependants(): Promise<void> {
  order.restart = false;
  const until = Date.now() + order.dependantsMs;
  for (const [pid, birth] of dependants) {
    if (!(await goneWithin(pid, birth, until - Date.now()))) await endProcess(pid, ['SIGKILL'], 1_000);
  }
  await stop();
}

function tell(message: FromSupervisor): void {
  if (process.connected) process.send?.(message, () => {});
}

process.on('message', (message: ToSupervisor) => {
  if (message.type === 'stop') void stop();
  else dependants = new Map(message.pids.map((pid) => [pid, birthOf(pid) ?? '']));
});
process.on('disconnect', () => void stopAfterDependants());
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => {});
process.on('SIGHUP', () => {});
