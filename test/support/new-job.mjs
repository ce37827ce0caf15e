import { newId } from '@turno/contract';

/** Returns the row of a job that is valid in every respect, with the fields that matter to the caller. */
export function newJob(fields = {}) {
  return {
    id: newId('job'),
    tenantId: 'ten_test',
    kind: 'test.kind',
    kindVersion: 1,
    queue: 'io',
    priority: 0,
    maxAttempts: 3,
    timeoutMs: 60_000,
    tags: [],
    delayMs: 0,
    runAt: null,
    input: '{}',
    metadata: '{}',
    backoff: null,
    deadlineMs: null,
    backlog: false,
    blocked: false,
    ...fields,
  };
}
