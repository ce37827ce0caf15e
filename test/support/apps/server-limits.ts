import type { ServerLimits } from '../../../apps/api/src/server.ts';

/** Limits small enough to be reached in a test. */
export const testLimits: ServerLimits = {
  headerBytesMax: 8_192,
  headersTimeoutMs: 500,
  requestTimeoutMs: 1_000,
  keepAliveTimeoutMs: 5_000,
  idleTimeoutMs: 10_000,
  requestsPerSocketMax: 3,
  connectionsMax: 50,
  bodyBytesMax: 1_000,
};
