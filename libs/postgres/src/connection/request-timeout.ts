import { withTimeout } from '@turno/runtime';

/** A server that does not answer. Counts as one that cannot be reached. */
class Unanswered extends Error {
  readonly code = 'ETIMEDOUT';
  constructor(timeoutMs: number) {
    super(`Postgres did not answer within ${timeoutMs} ms`);
    this.name = 'Unanswered';
  }
}

/**
 * Settles as a statement does, or rejects with a connection error after `timeoutMs`. A server behind a dead link would
 * otherwise be waited for for minutes. The statement may still take effect.
 */
export function withStatementTimeout<T>(timeoutMs: number, statement: Promise<T>): Promise<T> {
  return withTimeout(timeoutMs, statement, () => {
    throw unanswered(timeoutMs);
  });
}

/** The time that a request gives Postgres: a client gets its answer, a 503 if need be, within two seconds. */
export const requestTimeoutMs = 1_800;

/**
 * Settles as a statement of a request does, or rejects with a connection error in time for the 503. It may still take
 * effect.
 */
export function withRequestTimeout<T>(statement: Promise<T>): Promise<T> {
  return withStatementTimeout(requestTimeoutMs, statement);
}

/** Makes the connection error of a statement that got no answer within `timeoutMs`. */
export function unanswered(timeoutMs: number): Error {
  return new Unanswered(timeoutMs);
}
