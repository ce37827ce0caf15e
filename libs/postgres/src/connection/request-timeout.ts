/** A server that does not answer. Counts as one that cannot be reached. */
class Unanswered extends Error {
  readonly code = 'ETIMEDOUT';
  constructor(withinMs: number) {
    super(`Postgres did not answer within ${withinMs} ms`);
    this.name = 'Unanswered';
  }
}

/**
 * The answer of a statement, or a connection error after `withinMs`: a server behind a dead link says nothing for minutes. What was
 * sent may still take effect.
 */
export async function answerWithin<T>(withinMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(unanswered(withinMs)), withinMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a request gives Postgres: whoever asks shall hear of it within two seconds. */
export const requestTimeoutMs = 1_800;

/** The answer of a statement that a request waits for, or a connection error in time for its 503; what was sent may still take effect. */
export function withRequestTimeout<T>(work: Promise<T>): Promise<T> {
  return answerWithin(requestTimeoutMs, work);
}

export function unanswered(withinMs: number): Error {
  return new Unanswered(withinMs);
}
