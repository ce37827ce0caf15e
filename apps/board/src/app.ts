import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Log } from '@turno/runtime';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { guardChanges } from './guard-changes.ts';
import { guardHost } from './guard-host.ts';
import type { Config } from './config.ts';
import { securityHeaders, stripExternalLinks } from './page-security.ts';
import { type Queues, pingRedis, requireRedis } from './require-redis.ts';
import { type Login, requireLogin } from './require-login.ts';

export interface BoardOptions {
  queues: Queues;
  login: Login;
  readOnly: boolean;
  /** The value of the Express setting `trust proxy`. */
  trustProxy: Config['TRUST_PROXY'];
  log: Log;
}

/**
 * Creates Bull Board behind a login.
 * The order of the handlers matters: only `/livez` can be reached without a login.
 */
export function createBoard({ queues, login, readOnly, trustProxy, log }: BoardOptions): Express {
  const app = express();
  app.disable('x-powered-by').set('trust proxy', trustProxy);
  app.use(securityHeaders(), guardHost);
  app.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  app.use(requireLogin(login, log), guardChanges(readOnly));
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache');
    next();
  });
  app.use(requireRedis(() => pingRedis(queues)));
  app.use(stripExternalLinks, bullBoard(queues, readOnly));
  app.use(sendFailure(log));
  return app;
}

function bullBoard(queues: Queues, readOnlyMode: boolean): Express {
  const adapter = new ExpressAdapter();
  createBullBoard({
    queues: queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode })),
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: 'Turno', hideDocsLink: true } },
  });
  const router: Express = adapter.getRouter();
  // The router is an Express app of its own, which would add the header again.
  return router.disable('x-powered-by');
}

function sendFailure(log: Log): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express recognises an error handler by its four parameters
  return (error, request, response, next) => {
    log.error({ err: error, path: request.path }, 'the board failed to answer a request');
    if (response.headersSent) next(error);
    else response.status(500).json({ error: 'The board failed to answer; its log has the reason.' });
  };
}
