import { Problem, problems, type ProblemCode, type ProblemDetails } from '@turno/contract';
import { problemDocumentOf } from '../http/response/send-problem.ts';
import { type JsonSchema, type OpenOperation, type Operation, queryProblems } from '../operations/operation.ts';
import { headersOf } from './headers.ts';

const exampleDetails: Partial<Record<ProblemCode, ProblemDetails>> = {
  'delivery-not-redeliverable': { detail: 'A try of the delivery is under way.', extensions: { state: 'pending' } },
  'invalid-json': { detail: '/input/n is an integer beyond ±(2^53−1)' },
  'invalid-request': {
    detail: 'There are 2 faults, see errors.',
    errors: [
      { pointer: '/input/n', detail: 'Invalid input: expected number, received string' },
      { pointer: '/options/colour', detail: 'is not a known field' },
    ],
  },
  'quota-exceeded': {
    detail: 'The plan allows 10000 requests a month. The next month begins at 2026-12-01T00:00:00.000Z.',
  },
  'last-admin-key': {
    detail: 'No other key with the scope admin lasts as long as this one. Make one first: POST /v1/keys.',
  },
  'job-already-final': { detail: 'The job is completed.', extensions: { state: 'completed' } },
  'job-not-final': { detail: 'The job is running.', extensions: { state: 'running' } },
  'job-not-retryable': { detail: 'The job is completed.', extensions: { state: 'completed' } },
  'rate-limited': { detail: 'Too many requests with this key: at most 60 at once, then as RateLimit-Policy says.' },
  'job-not-completed': { detail: 'The job is running.', extensions: { state: 'running', error: null } },
};

/** The problems that every operation with a key may answer with. */
const guarded: readonly ProblemCode[] = [
  'bad-request',
  'unauthorized',
  'forbidden',
  'rate-limited',
  'too-many-failures',
  'internal-error',
  'store-unavailable',
];

/** The problems that a body in JSON may have. */
const ofBodies: readonly ProblemCode[] = [
  'invalid-json',
  'payload-too-large',
  'unsupported-media-type',
  'invalid-request',
];

const ofRepeats: readonly ProblemCode[] = ['invalid-idempotency-key', 'idempotency-key-reused', 'job-erased'];

/**
 * Returns every problem that an operation may answer with. Its scope, method and request imply most of them.
 */
export function problemsOf(operation: Operation<never> | OpenOperation<never>): ProblemCode[] {
  if (operation.scope === null) return ['headers-too-large', ...operation.problems];
  const { method, quota, request = {}, problems: own } = operation;
  const codes = [
    ...guarded,
    ...(quota === 'exempt' ? [] : (['quota-exceeded'] as const)),
    ...(method === 'get' ? [] : (['precondition-failed'] as const)),
    ...(request.body ? ofBodies : []),
    ...(request.query ? (['invalid-request'] as const) : []),
    ...(request.idempotent ? ofRepeats : []),
    ...own,
  ];
  return [...new Set(codes)];
}

/** Describes the answers with these codes, by status, each with an example of every code. */
export function problemResponses(codes: readonly ProblemCode[], instance: string): Record<string, JsonSchema> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of codes) byStatus.set(problems[code][0], [...(byStatus.get(problems[code][0]) ?? []), code]);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [String(status), responseOf(ofStatus, instance)]),
  );
}

function responseOf(codes: readonly ProblemCode[], instance: string): JsonSchema {
  const examples = codes.map((code) => [code, { value: exampleOf(code, instance) }] as const);
  return {
    description: codes.map((code) => `${problems[code][1]} (\`${code}\`)`).join(', or '),
    ...carriedHeaders(codes),
    content: {
      'application/problem+json': {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(examples),
      },
    },
  };
}

const retried = new Set<ProblemCode>([
  'too-many-jobs-waiting',
  'backlog-full',
  'store-unavailable',
  'job-not-completed',
  'too-many-streams',
  'rate-limited',
  'too-many-failures',
  'quota-exceeded',
  ...queryProblems,
]);

const carried: Partial<Record<ProblemCode, string[]>> = {
  unauthorized: ['WWW-Authenticate'],
  forbidden: ['WWW-Authenticate'],
  'unsupported-media-type': ['Accept', 'Accept-Encoding'],
  'job-not-completed': ['Preference-Applied'],
};

function carriedHeaders(codes: readonly ProblemCode[]): JsonSchema {
  const names = codes.flatMap((code) => [...(retried.has(code) ? ['Retry-After'] : []), ...(carried[code] ?? [])]);
  return names.length === 0 ? {} : { headers: headersOf(names) };
}

function exampleOf(code: ProblemCode, instance: string): Record<string, unknown> {
  const problem = new Problem(code, exampleDetails[code]);
  return problemDocumentOf(problem, instance, '5f0c2f52-1d0a-4f4e-9b0e-0c1f6d1b7a55');
}
