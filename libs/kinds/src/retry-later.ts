const brand = Symbol.for('turno.retry-later');

/**
 * The error of a handler that asks for the earliest time of the next attempt.
 * The attempt fails with `code`, and the next one starts after `afterMs` or after the job's backoff, whichever is
 * longer. The worker limits `afterMs` to an hour.
 */
export class RetryLater extends Error {
  readonly [brand] = true;
  readonly code: string;
  readonly afterMs: number;

  constructor(code: string, message: string, afterMs: number) {
    super(message);
    this.name = 'RetryLater';
    this.code = code;
    this.afterMs = afterMs;
  }
}

/** Recognises a RetryLater, also of another copy of this module (a kind in KINDS_DIR). */
export function isRetryLater(error: unknown): error is RetryLater {
  return typeof error === 'object' && error !== null && brand in error;
}
