const brand = Symbol.for('turno.permanent-failure');

/**
 * Thrown by a handler to say that trying again is useless: the job ends as `failed` with this code and message, whatever
 * attempts are left. `code` is a short kebab-case word that clients branch on.
 */
export class PermanentFailure extends Error {
  readonly [brand] = true;
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message ?? code, options); // nothing sees to it that plain JavaScript gives both
    this.name = 'PermanentFailure';
    this.code = code;
  }
}

/** Recognises a PermanentFailure also when it was made by another copy of this module (a kind from outside). */
export function isPermanentFailure(error: unknown): error is PermanentFailure {
  return typeof error === 'object' && error !== null && brand in error;
}
