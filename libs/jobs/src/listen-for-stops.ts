import { type Postgres, stopChannel } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { RunningAttempts } from './running-attempts.ts';

export interface StopDeps {
  sql: Postgres['sql'];
  running: RunningAttempts;
  log: Log;
}

/**
 * Stops attempts whose job was cancelled, as soon as Postgres tells. A message may be lost with its connection; the renewal
 * of the lease asks about every claim in hand and finds it then.
 */
export async function listenForStops({ sql, running, log }: StopDeps): Promise<() => Promise<void>> {
  const { unlisten } = await sql.listen(stopChannel, (jobId) => {
    running.stopJob(jobId, { code: 'cancelled', message: 'The job was cancelled.' });
  });
  return () => unlisten().catch((error: unknown) => log.debug({ err: error }, 'not unlistened'));
}
