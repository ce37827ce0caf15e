import cluster from 'node:cluster';
import type { Closers } from './closers.ts';
import { createClosers } from './closers.ts';
import type { Log } from './log.ts';
import { findIneffectiveSettings } from '../settings/ineffective-settings.ts';
import { SettingsError } from '../settings/read-settings.ts';

/** A message from the parent process. */
export type MessageToProcess = { type: 'stop' };

/** A message to the parent process, when there is one. */
export type MessageFromProcess =
  { type: 'ready'; addresses: Record<string, string> } | { type: 'failed'; reason: string };

export interface ProcessLife {
  closers: Closers;
  log: Log;
}

/**
 * Runs one process of the service from its start to its exit.
 * `start` returns the addresses that are sent to the parent process. Everything is closed in reverse order on SIGTERM,
 * on SIGINT, on a `stop` message, and when the parent process is gone. A second signal ends the process at once. Exit
 * codes: 0 stopped on request, 1 failure, 2 invalid settings.
 */
export async function runProcess(
  log: Log,
  stopTimeoutMs: number,
  start: (life: ProcessLife) => Promise<Record<string, string>>,
): Promise<void> {
  const closers = createClosers(log);
  let stopping = false;
  let signalled = false;
  const stop = (why: string, code: number) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(code || 1), stopTimeoutMs + 2_000).unref();
    void closers.closeAll(stopTimeoutMs).finally(() => process.exit(code));
  };
  const onSignal = (why: string) => {
    if (signalled) process.exit(1);
    signalled = true;
    stop(why, 0);
  };
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'stopping after an unexpected error');
    if (stopping) process.exit(1);
    stop('unexpected error', 1);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('disconnect', () => stopping || onSignal('the parent process is gone'));
  // Not counted as a signal: Ctrl-C reaches parent and child alike, and the child again by the parent's stop message.
  process.on('message', (message: MessageToProcess) => message.type === 'stop' && stop('the parent process stops', 0));
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  try {
    const addresses = await start({ closers, log });
    log.info(addresses, cluster.isPrimary ? 'ready' : 'one of several processes is ready');
    sendToParent({ type: 'ready', addresses });
  } catch (error) {
    reportStartFailure(log, error);
    stop('start failed', 1);
  }
}

/**
 * Returns the settings that `read` parses.
 * Invalid settings are printed, one line each, and end the process with code 2.
 */
export function settingsOrExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`Invalid settings:\n${error.message.replaceAll(/^/gm, '  ')}\n`);
    process.exit(2);
  }
}

/**
 * Logs one line for each part of the environment that has no effect as a setting: once for all processes of a cluster.
 */
export function warnOfIneffectiveSettings(log: Log, environment: Readonly<Record<string, string | undefined>>): void {
  if (cluster.isPrimary) for (const line of findIneffectiveSettings(environment)) log.warn(line);
}

function reportStartFailure(log: Log, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  // An error with a code comes from a store or the system: its stack shows nothing that an operator could mend.
  log.fatal(error instanceof Error && 'code' in error ? { reason } : { err: error }, 'could not start');
  // The primary prints the reason once for all processes.
  if (cluster.isWorker) sendToParent({ type: 'failed', reason });
  else process.stderr.write(`Could not start: ${reason}\n`);
}

function sendToParent(message: MessageFromProcess): void {
  process.send?.(message);
}
