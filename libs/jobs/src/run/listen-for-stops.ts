import { type Postgres, stopChannel } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { RunningAttempts } from './running-attempts.ts';

export interface StopDeps {
  sql: Postgres['sql'];
  running: RunningAttempts;
  log: Log;
  /** The second road, through Redis. */
  subscribe: (take: (notice: string) => void) => void;
}

/**
 * Stops attempts whose job was cancelled, as soon as Postgres or Redis tells, whichever is first. Either message may be lost
 * with its connection; the renewal of the lease asks about every claim in hand and finds it then.
 */
export async function listenForStops({ sql, running, log, subscribe }: StopDeps): Promise<() => Promise<void>> {
  const take = (notice: string) => {
    const [jobId = '', ticket] = notice.split(' ');
    running.stopJob({ jobId, ticket: Number(ticket) }, { code: 'cancelled', message: 'The job was cancelled.' });
  };
  subscribe(take);
  const { unlisten } = await sql.listen(stopChannel, take);
  return () => unlisten().catch((error: unknown) => log.debug({ err: error }, 'not unlistened'));
}
