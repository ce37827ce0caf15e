import { Problem } from '@turno/contract';
import type { Express, RequestHandler } from 'express';
import { answer } from './answer.ts';
import { sendProblem } from './send-problem.ts';

/** One line of the route table. HEAD follows from `get`. */
export interface Route {
  path: string;
  get?: RequestHandler;
  post?: RequestHandler;
  delete?: RequestHandler;
}

/** Registers a route; every other method is answered with what it does take. */
export function addRoute(app: Express, { path, get, post, delete: remove }: Route): void {
  if (get) app.get(path, get);
  if (post) app.post(path, post);
  if (remove) app.delete(path, remove);
  const allow = [
    ...(get ? ['GET', 'HEAD'] : []),
    ...(post ? ['POST'] : []),
    ...(remove ? ['DELETE'] : []),
    'OPTIONS',
  ].join(', ');
  app.all(path, (req, res) => {
    if (req.method === 'OPTIONS') answer(req, res, { status: 204, headers: { Allow: allow } });
    else
      sendProblem({ req, res }, new Problem('method-not-allowed', { detail: `it takes ${allow}` }), { Allow: allow });
  });
}
