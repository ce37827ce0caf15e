import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Express, Request, Response } from 'express';
import { rejectAmbiguous } from './http/request/reject-ambiguous.ts';
import { type Service, setRequestContext } from './http/request/request-context.ts';
import { handleError } from './http/response/send-problem.ts';
import { createPathMatch, type Route } from './match-path.ts';
import type { OperationHandler } from './router.ts';

export type Listener = (req: IncomingMessage, res: ServerResponse) => void;

export interface ListenerDeps {
  express: Express;
  service: Service;
  routes: readonly Route<OperationHandler>[];
}

/**
 * Creates the listener of a server.
 * A request whose target is a path of the list as it stands there goes to its handler, with the same checks in the same
 * order as on the way through Express. Express gets every other request. Both must have the prototypes of the app, see
 * `createApiServer`.
 */
export function createListener({ express, service, routes }: ListenerDeps): Listener {
  const matchPath = createPathMatch(routes);
  return (incoming, outgoing) => {
    const target = incoming.url ?? '';
    const match = matchPath(incoming.method ?? '', target);
    if (match === undefined) return void express(incoming as Request, outgoing as Response);
    const [req, res] = [incoming as Request, outgoing as Response];
    req.originalUrl = target;
    req.params = match.params;
    try {
      setRequestContext(req, service);
      rejectAmbiguous(req);
      const answering = match.handler(req, res);
      if (answering instanceof Promise) answering.catch((error: unknown) => answerError(error, { req, res }));
    } catch (error) {
      answerError(error, { req, res });
    }
  };
}

function answerError(error: unknown, { req, res }: { req: Request; res: Response }): void {
  try {
    handleError(error, req, res, () => {});
  } catch (cause) {
    // Nothing above catches it: the process would end.
    req.context.service.log.error({ err: cause, requestId: req.context.id }, 'a problem could not be answered');
    res.destroy();
  }
}
