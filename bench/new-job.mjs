import { newId } from '@turno/contract';

/** A job as the API inserts it when there is room in the window. */
export function newJob(n) {
  return {
    id: newId('job'),
    tenantId: `ten_${n % 7}`,
    kind: 'http.request',
    kindVersion: 1,
    queue: 'io',
    priority: 0,
    maxAttempts: 3,
    timeoutMs: 60_000,
    tags: [],
    delayMs: 0,
    runAt: null,
    input: '{"url":"https://example.test/"}',
    metadata: '{}',
    backoff: null,
    deadlineMs: null,
    backlog: false,
    blocked: false,
  };
}
