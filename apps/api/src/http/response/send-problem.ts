import { Problem } from '@turno/contract';
import { isConnectionError } from '@turno/postgres';
import type { ErrorRequestHandler, Request, Response } from 'express';
import { answer } from './answer.ts';
import { shownPath } from '../request/shown-path.ts';

/**
 * Answers an error with an RFC 9457 document.
 * A Problem holds what the caller may know; every other error becomes a bare 500 and is logged with its cause. When
 * the answer has begun already, the connection is destroyed.
 */
// eslint-disable-next-line max-params -- Express recognises an error handler by its four parameters
export const handleError: ErrorRequestHandler = (error: unknown, req, res, _next) => {
  const problem = toProblem(error);
  logCause(req, problem);
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  sendProblem({ req, res }, problem);
};

export function sendProblem(
  { req, res }: { req: Request; res: Response },
  problem: Problem,
  headers: Record<string, string> = {},
): void {
  const { retryAfterSeconds } = problem.details;
  req.context.logged['code'] = problem.code;
  answer(req, res, {
    status: problem.status,
    contentType: 'application/problem+json',
    body: JSON.stringify(problemDocumentOf(problem, shownPath(req), req.context.id)),
    headers: {
      'Cache-Control': 'no-store',
      'Retry-After': retryAfterSeconds === undefined ? undefined : String(Math.ceil(retryAfterSeconds)),
      'WWW-Authenticate': challengeOf(req, problem),
      ...problem.details.headers,
      ...headers,
    },
  });
}

/**
 * Returns the challenge of RFC 6750 section 3. It has an error code for an invalid key, none without a key.
 */
function challengeOf(req: Request, { code }: Problem): string | undefined {
  if (code === 'forbidden') return 'Bearer realm="turno", error="insufficient_scope"';
  if (code !== 'unauthorized') return undefined;
  return `Bearer realm="turno"${req.headers.authorization === undefined ? '' : ', error="invalid_token"'}`;
}

export function problemDocumentOf(problem: Problem, instance: string, requestId: string): Record<string, unknown> {
  const { code, title, status, message, details, faults } = problem;
  return {
    type: `urn:turno:problem:${code}`,
    title,
    status,
    detail: message,
    instance,
    code,
    requestId,
    ...details.extensions,
    ...(faults && { errors: faults.faults }),
  };
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isConnectionError(error)) return new Problem('store-unavailable', { retryAfterSeconds: 2, cause: error });
  // Express throws errors with a status of its own, such as for a path that is not valid percent-encoding.
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500
    ? new Problem('bad-request', { detail: 'the address cannot be read', cause: error })
    : new Problem('internal-error', { cause: error });
}

function logCause(req: Request, problem: Problem): void {
  if (problem.status < 500 || problem.code === 'job-failed') return;
  const { id, service } = req.context;
  const cause = problem.details.cause ?? problem;
  if (problem.code === 'internal-error') service.log.error({ err: cause, requestId: id }, 'unexpected error');
  else service.logRefusal(cause, { requestId: id, code: problem.code });
}
