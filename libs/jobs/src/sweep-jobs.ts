import { isConnectionError, promoteDueJobs, renewLostTickets, type Postgres } from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Dispatcher } from './dispatch-job.ts';

export interface SweepDeps {
  sql: Postgres['sql'];
  dispatcher: Dispatcher;
  log: Log;
}

export interface SweepOptions {
  /** How often due jobs are looked for. */
  promoteEveryMs: number;
  /** How often lost dispatches are looked for. */
  healEveryMs: number;
  /** A ticket that was not confirmed for this long counts as lost. */
  lostAfterMs: number;
  rowsMax: number;
}

export const sweepDefaults: SweepOptions = {
  promoteEveryMs: 250,
  healEveryMs: 1_000,
  lostAfterMs: 2_000,
  rowsMax: 200,
};

/**
 * Starts the two sweeps that every worker runs: due jobs are promoted, lost dispatches are made again. Any number of
 * processes may do so at once, since rows are taken with SKIP LOCKED. Returns what stops them.
 */
export function startSweeps(deps: SweepDeps, options: SweepOptions = sweepDefaults): () => Promise<void> {
  const { promoteEveryMs, healEveryMs, lostAfterMs, rowsMax } = options;
  const promote = repeat(deps.log, promoteEveryMs, () =>
    sendAll(deps, rowsMax, () => promoteDueJobs(deps.sql, rowsMax)),
  );
  const heal = repeat(deps.log, healEveryMs, () =>
    sendAll(deps, rowsMax, () => renewLostTickets(deps.sql, lostAfterMs, rowsMax)),
  );
  return async () => void (await Promise.all([promote(), heal()]));
}

/** Takes full batches until one is not full any more. */
async function sendAll(
  { dispatcher }: SweepDeps,
  rowsMax: number,
  take: () => ReturnType<typeof promoteDueJobs>,
): Promise<void> {
  for (let taken = rowsMax; taken === rowsMax;) {
    const handOvers = await take();
    for (const handOver of handOvers) dispatcher.dispatch(handOver);
    taken = handOvers.length;
  }
}

/** Runs `work` again and again, never twice at once, with a pause in between that varies by a fifth. */
function repeat(log: Log, everyMs: number, work: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  let running = Promise.resolve();
  let timer: NodeJS.Timeout;
  const schedule = () => {
    timer = setTimeout(
      () => {
        running = work()
          .catch((error: unknown) =>
            log[isConnectionError(error) ? 'debug' : 'error']({ err: error }, 'a sweep failed'),
          )
          .finally(() => stopped || schedule());
      },
      everyMs * (0.9 + Math.random() * 0.2),
    );
  };
  schedule();
  return () => {
    stopped = true;
    clearTimeout(timer);
    return running;
  };
}
