import cluster from 'node:cluster';
import type { Closers } from './closers.ts';
import { createClosers } from './closers.ts';
import type { Log } from './log.ts';
import { SettingsError } from '../settings/read-settings.ts';

/** What a parent may say to a process. */
export type ToProcess = { type: 'stop' };

/** What a process says to its parent, when there is one. */
export type FromProcess = { type: 'ready'; addresses: Record<string, string> } | { type: 'failed'; reason: string };

export interface ProcessLife {
  closers: Closers;
  log: Log;
}

/**
 * Runs one process of the service from start to end: starts it, tells the parent process (when there is one) the addresses
 * that `start` returned, and closes everything in reverse order on SIGTERM, SIGINT, when the parent says so or is gone. A second
 * signal ends it at once. Exit codes: 0 asked to stop, 1 a fault, 2 settings that cannot be used.
 */
export async function runProcess(
  log: Log,
  stopWithinMs: number,
  start: (life: ProcessLife) => Promise<Record<string, string>>,
): Promise<void> {
  const closers = createClosers(log);
  let stopping = false;
  let asked = false;
  const stop = (why: string, code: number) => {
    if (stopping) return;
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(code || 1), stopWithinMs + 2_000).unref();
    void closers.closeAll(stopWithinMs).finally(() => process.exit(code));
  };
  const ask = (why: string) => {
    if (asked) process.exit(1);
    asked = true;
    stop(why, 0);
  };
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected failure, ending');
    if (stopping) process.exit(1);
    stop('unexpected failure', 1);
  };
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
  process.on('disconnect', () => stopping || ask('the parent process is gone'));
  // Does not count as a signal: Ctrl-C reaches parent and child alike, and the child twice when its parent then asks too.
  process.on('message', (message: ToProcess) => message.type === 'stop' && stop('the parent process asks', 0));
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  try {
    const addresses = await start({ closers, log });
    log.info(addresses, cluster.isPrimary ? 'ready' : 'one of several is ready');
    tellParent({ type: 'ready', addresses });
  } catch (error) {
    explain(log, error);
    stop('could not start', 1);
  }
}

/** Reads settings before anything else happens; faults are printed a line each and end the process with code 2. */
export function settingsOrExit<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`These settings cannot be used:\n${error.message.replaceAll(/^/gm, '  ')}\n`);
    process.exit(2);
  }
}

function explain(log: Log, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  log.fatal({ err: error }, 'could not start');
  if (cluster.isWorker)
    tellParent({ type: 'failed', reason }); // it says so once for all
  else process.stderr.write(`Could not start: ${reason}\n`);
}

function tellParent(message: FromProcess): void {
  process.send?.(message);
}
