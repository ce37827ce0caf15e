import { decodeStopNotice, type Postgres, stopChannel } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { RunningAttempts } from './running-attempts.ts';

export interface StopDeps {
  sql: Postgres['sql'];
  running: RunningAttempts;
  log: Log;
  /** Subscribes to the same notices through Redis. */
  subscribe: (onNotice: (notice: string) => void) => void;
}

/**
 * Stops attempts of cancelled jobs as soon as a notice arrives from Postgres or Redis.
 * Returns the function that unsubscribes. Both notices may be lost with their connections; then the next renewal of
 * the lease finds the lost claim.
 */
export async function listenForStops({ sql, running, log, subscribe }: StopDeps): Promise<() => Promise<void>> {
  const onNotice = (notice: string) => {
    running.stopJob(decodeStopNotice(notice), { code: 'cancelled', message: 'The job was cancelled.' });
  };
  subscribe(onNotice);
  const { unlisten } = await sql.listen(stopChannel, onNotice);
  return () => unlisten().catch((error: unknown) => log.debug({ err: error, channel: stopChannel }, 'UNLISTEN failed'));
}
