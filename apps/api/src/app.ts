import type { Readiness } from '@turno/runtime';
import express, { type Express } from 'express';
import type { Config } from './config.ts';
import { createRequestContext, type Service } from './http/request/request-context.ts';
import { rejectAmbiguous } from './http/request/reject-ambiguous.ts';
import { addRoute, answerElsewhere, type Route } from './http/route.ts';
import { handleError } from './http/response/send-problem.ts';
import { type AccountDeps, accountRoutes } from './routes/account.ts';
import { docsRoutes } from './routes/docs.ts';
import { fileRoutes, type FileRoutesDeps } from './routes/files.ts';
import { healthRoutes } from './routes/health.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { endpointRoutes, type WebhookRoutesDeps } from './routes/endpoints.ts';
import type { JobRoutesDeps } from './routes/jobs-deps.ts';
import { jobRoutes } from './routes/jobs.ts';
import { kindRoutes } from './routes/kinds.ts';
import { pauseRoutes, type PauseRoutesDeps } from './routes/pauses.ts';
import { scheduleRoutes, type ScheduleRoutesDeps } from './routes/schedules.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { openapiRoutes } from './routes/openapi.ts';

export interface AppDeps extends JobRoutesDeps {
  service: Service;
  /** Express' `trust proxy`. */
  trustProxy: Config['TRUST_PROXY'];
  files: FileRoutesDeps['files'];
  fileBytesMax: number;
  readiness: Readiness;
  account: AccountDeps;
  schedules: Pick<ScheduleRoutesDeps, 'sql' | 'schedulesMax'>;
  setPause: PauseRoutesDeps['setPause'];
  webhooks: WebhookRoutesDeps['webhooks'];
}

/**
 * The whole API as one Express app. Nothing may be mounted below it: a second app would set the prototypes of each request
 * again, see `createApiServer`.
 */
export function buildApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  app.set('query parser', 'simple').set('trust proxy', deps.trustProxy);
  app.use(createRequestContext(deps.service));
  app.use(rejectAmbiguous);
  for (const route of routesOf(deps)) addRoute(app, route);
  app.use(answerElsewhere);
  app.use(handleError);
  return app;
}

function routesOf(deps: AppDeps): Route[] {
  const { authenticate, catalogue, setPause } = deps;
  return [
    ...jobRoutes(deps),
    ...kindRoutes({ authenticate, catalogue }),
    ...accountRoutes(deps.account),
    ...tenantRoutes({ ...deps.account, catalogue }),
    ...fileRoutes(deps),
    ...scheduleRoutes({ ...deps.schedules, ...deps }),
    ...pauseRoutes({ authenticate, catalogue, setPause }),
    ...endpointRoutes(deps),
    ...deliveryRoutes(deps),
    ...healthRoutes(deps.readiness),
    ...openapiRoutes(catalogue),
    ...docsRoutes(),
  ];
}
