import { Problem } from '@turno/contract';
import type { Express, RequestHandler } from 'express';
import { type Admission, authorize } from './admission/authorize.ts';
import { answer } from './http/response/answer.ts';
import { sendProblem } from './http/response/send-problem.ts';
import type { OpenOperation, Operation } from './operations/operation.ts';

export interface RouterDeps<Deps> {
  admission: Admission;
  /** Passed to each operation's `run`. */
  operationDeps: Deps;
}

type AnyOperation<Deps> = Operation<Deps> | OpenOperation<Deps>;

/**
 * Registers one Express route for each path of the list, in its order.
 * Other methods are answered 405 with `Allow`.
 */
export function addOperations<Deps>(
  app: Express,
  operations: readonly AnyOperation<Deps>[],
  deps: RouterDeps<Deps>,
): void {
  for (const path of new Set(operations.map((operation) => operation.path))) {
    const ofPath = operations.filter((operation) => operation.path === path);
    const route = app.route(toExpressPath(path));
    for (const operation of ofPath) route[operation.method](handlerOf(deps, operation));
    route.all(otherMethods(ofPath.map(({ method }) => method)));
  }
}

/** `/v1/jobs/{jobId}` as Express writes it: `/v1/jobs/:jobId`. */
export function toExpressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function handlerOf<Deps>(
  { admission, operationDeps }: RouterDeps<Deps>,
  operation: AnyOperation<Deps>,
): RequestHandler {
  if (operation.scope === null) {
    return async (req, res) => {
      const outcome = await operation.run(operationDeps, { req, res });
      if (outcome !== 'streamed') answer(req, res, outcome);
    };
  }
  return async (req, res) => {
    const caller = await authorize(admission, operation, req);
    const outcome = await operation.run(operationDeps, { caller, req, res });
    if (outcome !== 'streamed') answer(req, res, outcome);
  };
}

const allMethods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** HEAD follows from GET. */
function allowOf(methods: readonly string[]): string {
  const ordered = allMethods.filter((method) => methods.includes(method));
  const named = ordered.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]));
  return [...named, 'OPTIONS'].join(', ');
}

function otherMethods(methods: readonly string[]): RequestHandler {
  const Allow = allowOf(methods);
  return (req, res) => {
    if (req.method === 'OPTIONS') answer(req, res, { status: 204, headers: { Allow } });
    else sendProblem({ req, res }, new Problem('method-not-allowed', { detail: `it takes ${Allow}` }), { Allow });
  };
}

const anyMethod = allowOf(allMethods);

/**
 * Answers paths outside the list: 404, except `OPTIONS *`.
 * That asks about the server as a whole (RFC 9110, section 9.3.7).
 */
export const answerElsewhere: RequestHandler = (req, res) => {
  if (req.method === 'OPTIONS' && req.url === '*') answer(req, res, { status: 204, headers: { Allow: anyMethod } });
  else sendProblem({ req, res }, new Problem('not-found'));
};
