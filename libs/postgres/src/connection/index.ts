export { withStatementTimeout, withRequestTimeout, requestTimeoutMs } from './request-timeout.ts';
export { isConnectionError } from './connection-error.ts';
export { countProcesses } from './count-processes.ts';
export { openPostgres } from './open-postgres.ts';
export { isRowFault } from './row-fault.ts';
export type { Postgres } from './open-postgres.ts';
export { readServerFacts } from './server-facts.ts';
