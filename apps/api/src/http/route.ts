import { Problem } from '@turno/contract';
import type { Express, RequestHandler } from 'express';
import { answer } from './response/answer.ts';
import { sendProblem } from './response/send-problem.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** One line of the route table. HEAD follows from `get`. */
export type Route = { path: string } & { [method in (typeof methods)[number]]?: RequestHandler };

/** Registers a route; every other method is answered with what it does take. */
export function addRoute(app: Express, route: Route): void {
  const { path } = route;
  const taken = methods.filter((method) => route[method] !== undefined);
  for (const method of taken) app[method](path, route[method] as RequestHandler);
  const allow = [
    ...taken.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])),
    'OPTIONS',
  ];
  const Allow = allow.join(', ');
  app.all(path, (req, res) => {
    if (req.method === 'OPTIONS') answer(req, res, { status: 204, headers: { Allow } });
    else sendProblem({ req, res }, new Problem('method-not-allowed', { detail: `it takes ${Allow}` }), { Allow });
  });
}

const anyMethod = ['GET', 'HEAD', ...methods.slice(1).map((method) => method.toUpperCase()), 'OPTIONS'].join(', ');

/** Where there is no route: `OPTIONS *` asks about the server as a whole (RFC 9110, section 9.3.7), all else is not found. */
export const answerElsewhere: RequestHandler = (req, res) => {
  if (req.method === 'OPTIONS' && req.url === '*') answer(req, res, { status: 204, headers: { Allow: anyMethod } });
  else sendProblem({ req, res }, new Problem('not-found'));
};
