import { isConnectionError } from './connection-error.ts';

/** SQLSTATE: 22 invalid data, 23 a constraint, 54 a limit of the server such as the depth of nesting. */
const rowCodes = /^(22|23|54)...$/;

/**
 * Returns true when the values of a row are the fault, so that it can never be written; not the server and not the
 * statement.
 */
export function isRowFault(error: unknown): boolean {
  if (isConnectionError(error)) return false;
  const isFromServer = error instanceof Error && 'severity' in error && 'code' in error;
  return !isFromServer || rowCodes.test(String(error.code));
}

/** Returns true when a row names another one that does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}
