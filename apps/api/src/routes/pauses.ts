import { Problem, queueNames } from '@turno/contract';
import type { Catalogue } from '@turno/kinds';
import type { PauseTarget } from '@turno/postgres';
import type { RequestHandler } from 'express';
import { requireOperator, type Authenticate } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import type { Route } from '../http/route.ts';

export interface PauseRoutesDeps {
  authenticate: Authenticate;
  catalogue: Catalogue;
  /** Every process acts on it within about a second. */
  setPause: (target: PauseTarget, paused: boolean) => Promise<void>;
}

/** Pausing starts no new attempts for any tenant, running ones end. Twice is the same as once. */
export function pauseRoutes(deps: PauseRoutesDeps): Route[] {
  return (['pause', 'resume'] as const).flatMap((verb) => [
    { path: `/v1/queues/:queue/${verb}`, post: pauseRoute(deps, 'queue', verb === 'pause') },
    { path: `/v1/kinds/:kind/${verb}`, post: pauseRoute(deps, 'kind', verb === 'pause') },
  ]);
}

function pauseRoute(
  { authenticate, catalogue, setPause }: PauseRoutesDeps,
  scope: PauseTarget['scope'],
  paused: boolean,
): RequestHandler {
  return requireOperator(authenticate, async (_caller, req, res) => {
    const name = String(req.params[scope]);
    if (scope === 'queue' && !queueNames.some((queue) => queue === name)) {
      throw new Problem('unknown-queue', { detail: `The queues are ${queueNames.join(' and ')}.` });
    }
    if (scope === 'kind' && !catalogue.has(name)) {
      throw new Problem('unknown-kind', { detail: 'GET /v1/kinds lists them.' });
    }
    await setPause({ scope, name }, paused);
    const body = JSON.stringify({ [scope]: name, paused });
    answer(req, res, { status: 200, body, headers: { 'Cache-Control': 'no-store' } });
  });
}
