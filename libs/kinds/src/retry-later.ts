const brand = Symbol.for('turno.retry-later');

/**
 * Thrown by a handler to fail an attempt like any other error does, with a code of its own and with a wish: not to be tried again
 * before `afterMs` are over. The job's backoff may take longer, and the worker has a ceiling.
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

/** Recognises a RetryLater also when it was made by another copy of this module (a kind from outside). */
export function isRetryLater(error: unknown): error is RetryLater {
  return typeof error === 'object' && error !== null && brand in error;
}
