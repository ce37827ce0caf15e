import { setTimeout as delay } from 'node:timers/promises';
import { type AttemptEnd, type FinishAnswer, type Batcher, isRowFault } from '@turno/postgres';
import type { Log } from '@turno/runtime';

export interface WriteEndDeps {
  finishes: Batcher<AttemptEnd, FinishAnswer>;
  log: Log;
}

const retryMs = 1_000;

/**
 * Writes the end of an attempt, repeated until Postgres answers, and returns the written end.
 * An output that Postgres cannot store fails the job. Any other error, such as a full disk, is retried every second
 * without limit.
 */
export async function writeEnd(
  { finishes, log }: WriteEndDeps,
  wanted: AttemptEnd,
  attempt: number,
): Promise<{ end: AttemptEnd; answer: FinishAnswer }> {
  let end = wanted;
  let logged = false;
  for (;;) {
    try {
      return { end, answer: await finishes.add(end) };
    } catch (error) {
      // A full disk repeats this error every second for every attempt, so only the first is logged as an error.
      log[logged ? 'debug' : 'error'](
        { err: error, jobId: end.jobId, to: end.to },
        'the end of an attempt could not be written; it is tried again every second',
      );
      logged = true;
      if (isRowFault(error) && end.to === 'completed') end = notStorable(end, attempt);
      else await delay(retryMs);
    }
  }
}

/** Returns the failed end. The server's message stays in the log, since it may quote the output. */
function notStorable(end: AttemptEnd, attempt: number): AttemptEnd {
  const message = 'The database cannot store what the handler returned.';
  return { ...end, to: 'failed', output: null, error: { code: 'output-not-storable', message, attempt } };
}
