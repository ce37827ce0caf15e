import { setTimeout as delay } from 'node:timers/promises';
import { type AttemptEnd, type FinishAnswer, type Batcher, isRowFault } from '@turno/postgres';
import type { Log } from '@turno/runtime';

export interface WriteEndDeps {
  finishes: Batcher<AttemptEnd, FinishAnswer>;
  log: Log;
}

const tryAgainMs = 1_000;

/**
 * Writes the end of an attempt, whatever it takes, and answers with the end that was written: an output that Postgres cannot
 * store is no output, and its job has failed. Anything else that stands in the way, such as a full disk, is waited out.
 */
export async function writeEnd(
  { finishes, log }: WriteEndDeps,
  wanted: AttemptEnd,
  attempt: number,
): Promise<{ end: AttemptEnd; answer: FinishAnswer }> {
  let end = wanted;
  let told = false;
  for (;;) {
    try {
      return { end, answer: await finishes.add(end) };
    } catch (error) {
      // Tried each second for as long as a disk is full, of each attempt in hand: once is news.
      log[told ? 'debug' : 'error'](
        { err: error, jobId: end.jobId, to: end.to },
        'the end of an attempt could not be written',
      );
      told = true;
      if (isRowFault(error) && end.to === 'completed') end = notStorable(end, attempt);
      else await delay(tryAgainMs);
    }
  }
}

/** The reason stays in the log: what the server says may quote the output. */
function notStorable(end: AttemptEnd, attempt: number): AttemptEnd {
  const message = 'The database cannot store what the handler returned.';
  return { ...end, to: 'failed', output: null, error: { code: 'output-not-storable', message, attempt } };
}
