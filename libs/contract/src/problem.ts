/** One fault of a request body or query: where it stands (RFC 6901 JSON pointer) and what is wrong with it. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** Every error code a caller may see, with its HTTP status and its title. The only such table. */
export const problems = {
  'bad-request': [400, 'The request cannot be read'],
  'invalid-idempotency-key': [400, 'The Idempotency-Key cannot be used'],
  'invalid-json': [400, 'The body is not acceptable JSON'],
  unauthorized: [401, 'A valid API key is needed'],
  forbidden: [403, 'This key may not do that'],
  'not-found': [404, 'There is nothing at this address'],
  'job-not-found': [404, 'There is no such job'],
  'unknown-kind': [404, 'There is no such kind of work'],
  'file-not-found': [404, 'There is no such file'],
  'unknown-queue': [404, 'There is no such queue'],
  'schedule-not-found': [404, 'There is no such schedule'],
  'key-not-found': [404, 'There is no such key'],
  'tenant-not-found': [404, 'There is no such tenant'],
  'endpoint-not-found': [404, 'There is no such endpoint'],
  'delivery-not-found': [404, 'There is no such delivery'],
  'method-not-allowed': [405, 'This address does not take that method'],
  'job-not-completed': [409, 'The job has no output'],
  'job-already-final': [409, 'The job is over'],
  'job-not-final': [409, 'The job is not over'],
  'job-not-retryable': [409, 'Only a failed or cancelled job can be retried'],
  'too-many-schedules': [409, 'The tenant has as many schedules as it may'],
  'too-many-keys': [409, 'The tenant has as many keys as it may'],
  'last-admin-key': [409, 'The tenant would have no key left to administer it with'],
  'first-tenant': [409, 'The first tenant cannot be disabled'],
  'file-not-uploaded': [409, 'The bytes of the file have not come yet'],
  'too-many-endpoints': [409, 'This tenant has all the endpoints it may have'],
  'endpoint-disabled': [409, 'The endpoint is disabled'],
  'delivery-not-redeliverable': [409, 'This delivery cannot be sent again'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'precondition-failed': [412, 'The condition cannot be kept'],
  'payload-too-large': [413, 'The body is too large'],
  'file-too-large': [413, 'The file is too large for this work'],
  'unsupported-media-type': [415, 'The body must be JSON'],
  'expectation-failed': [417, 'The expectation cannot be met'],
  'invalid-request': [422, 'The request has faults'],
  'idempotency-key-reused': [422, 'The Idempotency-Key belongs to another request'],
  'too-many-streams': [429, 'This key has too many event streams open'],
  'too-many-jobs-waiting': [429, 'Too many jobs of this tenant wait already'],
  'rate-limited': [429, 'Too many requests'],
  'too-many-failures': [429, 'Too many wrong keys'],
  'quota-exceeded': [429, 'The requests of this month are used up'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'Something went wrong here'],
  'job-failed': [502, 'The work itself failed'],
  'backlog-full': [503, 'Too many jobs wait already'],
  'store-unavailable': [503, 'The database cannot be reached'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

export interface ProblemDetails {
  detail?: string;
  errors?: Fault[];
  /** Sent as `Retry-After`, in whole seconds. */
  retryAfterSeconds?: number;
  /** Sent with it. */
  headers?: Record<string, string>;
  /** Further members of the problem document (RFC 9457 section 3.2). */
  extensions?: Record<string, unknown>;
  /** Logged, never sent. */
  cause?: unknown;
}

/** An error that the caller is meant to see. Everything else that is thrown becomes a bare 500. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly details: ProblemDetails;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const [status, title] = problems[code];
    super(details.detail ?? countOf(details.errors) ?? title, { cause: details.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.title = title;
    this.details = details;
  }
}

function countOf(errors: readonly Fault[] | undefined): string | undefined {
  if (errors === undefined) return undefined;
  return errors.length === 1 ? 'There is one fault, see errors.' : `There are ${errors.length} faults, see errors.`;
}
