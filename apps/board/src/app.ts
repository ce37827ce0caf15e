import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Log } from '@turno/runtime';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { changeGate } from './change-gate.ts';
import type { Config } from './config.ts';
import { safeHeaders, withoutOutsideLinks } from './close-inward.ts';
import { type Queues, redisAnswers, redisGate } from './redis-gate.ts';
import { type Login, requireLogin } from './require-login.ts';

export interface BoardOptions {
  queues: Queues;
  login: Login;
  readOnly: boolean;
  /** Express' `trust proxy`. */
  trustProxy: Config['TRUST_PROXY'];
  log: Log;
}

/** Bull Board behind a login. The order is the guarantee: nothing but `/livez` is reached without the right password. */
export function createBoard({ queues, login, readOnly, trustProxy, log }: BoardOptions): Express {
  const app = express();
  app.disable('x-powered-by').set('trust proxy', trustProxy);
  app.use(safeHeaders());
  app.get('/livez', (_request, response) => void response.json({ status: 'ok' }));
  app.use(requireLogin(login, log), changeGate(readOnly));
  app.use((_request, response, next) => {
    response.set('Cache-Control', 'private, no-cache');
    next();
  });
  app.use(redisGate(() => redisAnswers(queues)));
  app.use(withoutOutsideLinks, bullBoard(queues, readOnly));
  app.use(explainFailure(log));
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
  // An app of its own: it would bring the header back.
  return router.disable('x-powered-by');
}

function explainFailure(log: Log): ErrorRequestHandler {
  // oxlint-disable-next-line max-params -- Express knows a handler of errors by its four parameters
  return (error, request, response, next) => {
    log.error({ err: error, path: request.path }, 'the board could not answer');
    if (response.headersSent) next(error);
    else response.status(500).json({ error: 'The board could not answer.' });
  };
}
