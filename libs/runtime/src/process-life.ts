import type { Closers } from './closers.ts';
import { createClosers } from './closers.ts';
import type { Log } from './log.ts';
import { SettingsError } from './settings.ts';

export interface ProcessLife {
  closers: Closers;
  log: Log;
}

/**
 * Runs one process of the service from start to end: starts it, tells the parent process (when there is one) the addresses
 * that `start` returned, and closes everything in reverse order on SIGTERM, SIGINT or when the parent is gone. A second
 * signal ends it at once. Exit codes: 0 asked to stop, 1 a fault, 2 settings that cannot be used.
 */
export async function runProcess(
  log: Log,
  stopWithinMs: number,
  start: (life: ProcessLife) => Promise<Record<string, string>>,
): Promise<void> {
  const closers = createClosers(log);
  let stopping = false;
  const stop = (why: string, code: number) => {
    if (stopping) process.exit(code || 1);
    stopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => process.exit(code || 1), stopWithinMs + 2_000).unref();
    void closers.closeAll(stopWithinMs).finally(() => process.exit(code));
  };
  const fail = (error: unknown) => {
    log.fatal({ err: error }, 'unexpected failure, ending');
    stop('unexpected failure', 1);
  };
  process.on('SIGTERM', () => stop('SIGTERM', 0));
  process.on('SIGINT', () => stop('SIGINT', 0));
  process.on('disconnect', () => stop('the parent process is gone', 0));
  process.on('unhandledRejection', fail);
  process.on('uncaughtException', fail);
  try {
    const addresses = await start({ closers, log });
    log.info(addresses, 'ready');
    process.send?.({ type: 'ready', addresses });
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
  process.stderr.write(`Could not start: ${reason}\n`);
}
