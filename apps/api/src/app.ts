import express, { type Express } from 'express';
import type { Admission } from './admission/authorize.ts';
import type { Config } from './config.ts';
import { createRequestContext, type Service } from './http/request/request-context.ts';
import { rejectAmbiguous } from './http/request/reject-ambiguous.ts';
import { handleError } from './http/response/send-problem.ts';
import type { OperationDeps } from './operations/deps.ts';
import { operations } from './operations/index.ts';
import { addOperations, answerElsewhere } from './router.ts';

export interface AppDeps {
  service: Service;
  /** Express' `trust proxy`. */
  trustProxy: Config['TRUST_PROXY'];
  admission: Admission;
  operationDeps: OperationDeps;
}

/**
 * Builds the whole API as one Express app.
 * Nothing may be mounted below it: a second app would set the prototypes of each request again, see `createApiServer`.
 */
export function buildApp({ service, trustProxy, admission, operationDeps }: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple').set('trust proxy', trustProxy);
  app.use(createRequestContext(service));
  app.use(rejectAmbiguous);
  addOperations(app, operations, { admission, operationDeps });
  app.use(answerElsewhere);
  app.use(handleError);
  return app;
}
