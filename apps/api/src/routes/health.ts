import { alive, type Readiness } from '@turno/runtime';
import { answer } from '../http/response/answer.ts';
import type { Route } from '../http/route.ts';

const headers = { 'Cache-Control': 'no-store' };

/** Health on the public listener, without a key. `?verbose` tells the stores apart. */
export function healthRoutes(readiness: Readiness): Route[] {
  return [
    { path: '/livez', get: (req, res) => answer(req, res, { ...alive, headers }) },
    {
      path: '/readyz',
      get: (req, res) => answer(req, res, { ...readiness.report('verbose' in req.query), headers }),
    },
  ];
}
