const brand = Symbol.for('turno.permanent-failure');

/**
 * The error of a handler that no further attempt can mend.
 * The job ends as `failed` with this code and message, also with attempts left. `code` is a short kebab-case word for
 * programs.
 */
export class PermanentFailure extends Error {
  readonly [brand] = true;
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message ?? code, options); // a handler in plain JavaScript may leave it out
    this.name = 'PermanentFailure';
    this.code = code;
  }
}

/** Recognises a PermanentFailure, also of another copy of this module (a kind in KINDS_DIR). */
export function isPermanentFailure(error: unknown): error is PermanentFailure {
  return typeof error === 'object' && error !== null && brand in error;
}
