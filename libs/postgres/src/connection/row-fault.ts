import { isConnectionError } from './connection-error.ts';

/** SQLSTATE: 22 data that cannot be taken, 23 a constraint, 54 a limit of the server such as too deep a nesting. */
const rowCodes = /^(22|23|54)...$/;

/** True when it is for what the row holds that it cannot be written, today or ever: neither the server nor the statement is to blame. */
export function isRowFault(error: unknown): boolean {
  if (isConnectionError(error)) return false;
  const isFromServer = error instanceof Error && 'severity' in error && 'code' in error;
  return !isFromServer || rowCodes.test(String(error.code));
}

/** Returns true when a row names another one that does not exist. */
export function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}
