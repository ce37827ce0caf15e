const driverCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'EHOSTUNREACH',
]);

/**
 * SQLSTATE: 57P0x shutting down or starting, 53100 its disk is full, 53300 too many connections, 25006 a read-only
 * stand-by, class 08.
 */
const serverCodes = /^(57P0\d|53[13]00|25006|08...)$/;

/** Returns true when the server cancelled a statement that took longer than its timeout. */
export function isStatementTimeout(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '57014';
}

/**
 * Returns true when a statement failed because the server is away or serves nobody, not because of the statement
 * itself.
 */
export function isConnectionError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return driverCodes.has(code) || serverCodes.test(code);
}
