import { newId } from '@turno/contract';
import type { NewJob } from '@turno/postgres';

/** A job's row that is valid in every respect; what a test is about it says itself. */
export function newJob(fields: Partial<NewJob> = {}): NewJob {
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
