import { quoteText } from './quote-text.ts';
import { type Fault, type FaultList, faultList, joinFaults } from './fault-list.ts';

/** The one table of all problem codes, each with its HTTP status and title. */
export const problems = {
  'bad-request': [400, 'The request is malformed'],
  'invalid-idempotency-key': [400, 'The Idempotency-Key is malformed'],
  'invalid-json': [400, 'The body is not acceptable JSON'],
  unauthorized: [401, 'A valid API key is required'],
  forbidden: [403, 'This API key is not allowed to do that'],
  'not-found': [404, 'There is no resource at this path'],
  'job-not-found': [404, 'There is no such job'],
  'unknown-kind': [404, 'There is no such kind'],
  'file-not-found': [404, 'There is no such file'],
  'unknown-queue': [404, 'There is no such queue'],
  'schedule-not-found': [404, 'There is no such schedule'],
  'key-not-found': [404, 'There is no such key'],
  'tenant-not-found': [404, 'There is no such tenant'],
  'endpoint-not-found': [404, 'There is no such endpoint'],
  'delivery-not-found': [404, 'There is no such delivery'],
  'method-not-allowed': [405, 'This path does not support that method'],
  'job-not-completed': [409, 'The job has no output'],
  'job-already-final': [409, 'The job is already final'],
  'job-not-final': [409, 'The job is not final yet'],
  'job-not-retryable': [409, 'Only a failed or cancelled job can be retried'],
  'too-many-schedules': [409, 'The tenant has reached its limit of schedules'],
  'too-many-keys': [409, 'The tenant has reached its limit of keys'],
  'last-admin-key': [409, 'The tenant would have no admin key left'],
  'first-tenant': [409, 'The operator tenant cannot be disabled or deleted'],
  'tenant-deleted': [409, 'The tenant is deleted'],
  'file-not-uploaded': [409, 'The bytes of the file have not been uploaded yet'],
  'too-many-endpoints': [409, 'The tenant has reached its limit of endpoints'],
  'endpoint-disabled': [409, 'The endpoint is disabled'],
  'delivery-not-redeliverable': [409, 'This delivery cannot be redelivered'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'job-erased': [410, 'The job of this Idempotency-Key was erased'],
  'precondition-failed': [412, 'Conditional changes are not supported'],
  'payload-too-large': [413, 'The body is too large'],
  'file-too-large': [413, 'The file is too large for this kind'],
  'file-exceeds-plan': [413, 'The file is larger than the plan allows'],
  'unsupported-media-type': [415, 'The body must be JSON'],
  'expectation-failed': [417, 'The expectation cannot be met'],
  'invalid-request': [422, 'The request is invalid'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another request'],
  'too-many-streams': [429, 'Too many event streams are open'],
  'too-many-jobs-waiting': [429, 'Too many jobs of this tenant are waiting'],
  'too-many-queries': [429, 'Too many costly requests of this tenant at once'],
  'storage-full': [429, 'The files of this tenant fill its plan'],
  'rate-limited': [429, 'Too many requests'],
  'too-many-failures': [429, 'Too many requests with an invalid API key'],
  'quota-exceeded': [429, 'The quota of requests for this month is used up'],
  'headers-too-large': [431, 'The headers are too large'],
  'internal-error': [500, 'An unexpected error occurred'],
  'job-failed': [502, 'The job failed'],
  'backlog-full': [503, 'The backlog is full'],
  'queries-busy': [503, 'All slots for costly requests are taken'],
  'query-timeout': [503, 'The request took too long in the database'],
  'store-unavailable': [503, 'The database cannot be reached'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof problems;

export interface ProblemDetails {
  detail?: string;
  /** The faults of the request; the answer shows the first of them and the number of the others. */
  errors?: readonly Fault[] | FaultList;
  /** Sent as `Retry-After`, in whole seconds. */
  retryAfterSeconds?: number;
  /** Further headers of the answer. */
  headers?: Record<string, string>;
  /** Further members of the problem document (RFC 9457 section 3.2). */
  extensions?: Record<string, unknown>;
  /** The underlying error; it is logged and never sent. */
  cause?: unknown;
}

/** An error whose code and detail are sent to the client. Any other error is answered by a 500 without details. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly title: string;
  readonly details: ProblemDetails;
  readonly faults: FaultList | undefined;

  constructor(code: ProblemCode, details: ProblemDetails = {}) {
    const [status, title] = problems[code];
    const faults =
      details.errors && joinFaults('faults' in details.errors ? details.errors : faultList(details.errors));
    super(quoteText(details.detail ?? countText(faults) ?? title, detailCharsMax), { cause: details.cause });
    this.name = 'Problem';
    this.code = code;
    this.status = status;
    this.title = title;
    this.details = details;
    this.faults = faults;
  }
}

/** Longer than any detail of ours; a text of a library that quotes the request may be longer. */
const detailCharsMax = 1_000;

function countText(list: FaultList | undefined): string | undefined {
  if (list === undefined) return undefined;
  const { count, faults } = list;
  if (count === 1) return 'There is one fault, see errors.';
  if (count === faults.length) return `There are ${count} faults, see errors.`;
  return `There are ${count} faults; errors has the first ${faults.length}, and ${count - faults.length} more are left out.`;
}
