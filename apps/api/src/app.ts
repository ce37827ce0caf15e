import express, { type Express } from 'express';
import type { Admission } from './admission/authorize.ts';
import type { Config } from './config.ts';
import { rejectAmbiguous } from './http/request/reject-ambiguous.ts';
import { type Service, setRequestContext } from './http/request/request-context.ts';
import { handleError } from './http/response/send-problem.ts';
import { createListener, type Listener } from './listener.ts';
import type { OperationDeps } from './operations/deps.ts';
import { operations } from './operations/index.ts';
import { addRoutes, answerElsewhere, type OperationHandler, routesOf } from './router.ts';
import type { Route } from './match-path.ts';

export interface AppDeps {
  service: Service;
  /** Express' `trust proxy`. */
  trustProxy: Config['TRUST_PROXY'];
  admission: Admission;
  operationDeps: OperationDeps;
}

export interface App {
  express: Express;
  /** Takes the requests of a server. */
  listener: Listener;
}

/** Builds the whole API. */
export function buildApp({ service, trustProxy, admission, operationDeps }: AppDeps): App {
  return composeApp({ service, trustProxy }, routesOf(operations, { admission, operationDeps }));
}

/**
 * Builds an app of the given routes: Express, and the match before its router.
 * Nothing may be mounted below it: a second app would set the prototypes of each request again, see `createApiServer`.
 */
export function composeApp(
  { service, trustProxy }: Pick<AppDeps, 'service' | 'trustProxy'>,
  routes: readonly Route<OperationHandler>[],
): App {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple').set('trust proxy', trustProxy);
  app.use((req, _res, next) => {
    setRequestContext(req, service);
    rejectAmbiguous(req);
    next();
  });
  addRoutes(app, routes);
  app.use(answerElsewhere);
  app.use(handleError);
  return { express: app, listener: createListener({ express: app, service, routes }) };
}
