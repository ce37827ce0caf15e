import type { OpsAnswer, Readiness } from '@turno/runtime';
import { answer } from '../http/answer.ts';
import type { Route } from '../http/route.ts';

const alive: OpsAnswer = { status: 200, contentType: 'application/json', body: '{"status":"alive"}' };
const headers = { 'Cache-Control': 'no-store' };

/** Health by path, for the operations listener. `?verbose` tells the stores apart. */
export function healthChecks(readiness: Readiness) {
  return {
    '/livez': () => Promise.resolve(alive),
    '/readyz': (query: URLSearchParams) => Promise.resolve(readiness.report(query.has('verbose'))),
  };
}

/** The same on the public listener, without a key. */
export function healthRoutes(readiness: Readiness): Route[] {
  return [
    { path: '/livez', get: (req, res) => answer(req, res, { ...alive, headers }) },
    {
      path: '/readyz',
      get: (req, res) => answer(req, res, { ...readiness.report('verbose' in req.query), headers }),
    },
  ];
}
