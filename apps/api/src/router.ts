import { Problem } from '@turno/contract';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { Express, Request, RequestHandler, Response } from 'express';
import { type Admission, authorize } from './admission/authorize.ts';
import { answer } from './http/response/answer.ts';
import { sendProblem } from './http/response/send-problem.ts';
import type { Route } from './match-path.ts';
import type { OpenOperation, Operation, Outcome } from './operations/operation.ts';

export interface RouterDeps<Deps> {
  admission: Admission;
  /** Passed to each operation's `run`. */
  operationDeps: Deps;
}

type AnyOperation<Deps> = Operation<Deps> | OpenOperation<Deps>;

/** Answers a request whose path and method are those of an operation. Throws or rejects with the error to answer. */
export type OperationHandler = (req: Request, res: Response) => MaybeReady<void>;

/** Returns the routes of the list, one for each path, in its order. */
export function routesOf<Deps>(
  operations: readonly AnyOperation<Deps>[],
  deps: RouterDeps<Deps>,
): Route<OperationHandler>[] {
  return [...new Set(operations.map(({ path }) => path))].map((path) => {
    const ofPath = operations.filter((operation) => operation.path === path);
    const handlers = ofPath.map((operation) => [operation.method.toUpperCase(), handlerOf(deps, operation)] as const);
    return { path, handlers: new Map(handlers) };
  });
}

/** Registers the routes with Express. Other methods of their paths are answered 405 with `Allow`. */
export function addRoutes(app: Express, routes: readonly Route<OperationHandler>[]): void {
  for (const { path, handlers } of routes) {
    const route = app.route(toExpressPath(path));
    for (const method of allMethods) {
      const handler = handlers.get(method.toUpperCase());
      if (handler !== undefined) route[method]((req, res) => handler(req, res));
    }
    route.all(otherMethods([...handlers.keys()]));
  }
}

/** `/v1/jobs/{jobId}` as Express writes it: `/v1/jobs/:jobId`. */
export function toExpressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function handlerOf<Deps>(
  { admission, operationDeps }: RouterDeps<Deps>,
  operation: AnyOperation<Deps>,
): OperationHandler {
  if (operation.scope === null) {
    return (req, res) =>
      whenReady(operation.run(operationDeps, { req, res }), (outcome) => send({ req, res }, outcome));
  }
  return (req, res) =>
    whenReady(authorize(admission, operation, req), (caller) =>
      whenReady(operation.run(operationDeps, { caller, req, res }), (outcome) => send({ req, res }, outcome)),
    );
}

function send({ req, res }: { req: Request; res: Response }, outcome: Outcome): void {
  if (outcome !== 'streamed') answer(req, res, outcome);
}

const allMethods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** HEAD follows from GET. `methods` are in upper case. */
function allowOf(methods: readonly string[]): string {
  const ordered = allMethods.map((method) => method.toUpperCase()).filter((method) => methods.includes(method));
  return [...ordered.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', ');
}

function otherMethods(methods: readonly string[]): RequestHandler {
  const Allow = allowOf(methods);
  return (req, res) => {
    if (req.method === 'OPTIONS') answer(req, res, { status: 204, headers: { Allow } });
    else sendProblem({ req, res }, new Problem('method-not-allowed', { detail: `it takes ${Allow}` }), { Allow });
  };
}

const anyMethod = allowOf(allMethods.map((method) => method.toUpperCase()));

/**
 * Answers paths outside the list: 404, except `OPTIONS *`.
 * That asks about the server as a whole (RFC 9110, section 9.3.7).
 */
export const answerElsewhere: RequestHandler = (req, res) => {
  if (req.method === 'OPTIONS' && req.url === '*') answer(req, res, { status: 204, headers: { Allow: anyMethod } });
  else sendProblem({ req, res }, new Problem('not-found'));
};
