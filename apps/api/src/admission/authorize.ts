import { Problem } from '@turno/contract';
import { type MaybeReady, whenReady } from '@turno/runtime';
import type { Caller, RequestMeter } from '@turno/tenants';
import type { Request } from 'express';
import { rejectPreconditions } from '../http/request/reject-preconditions.ts';
import type { Operation } from '../operations/operation.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * Finds the caller by the request's key.
 * Throws or rejects with `unauthorized`, `too-many-failures` or `store-unavailable`.
 */
export type Authenticate = (req: Request) => MaybeReady<Caller>;
/**
 * False once the key of an accepted request has become invalid.
 * Takes no token. True while no store can answer.
 */
export type IsKeyValid = (req: Request) => Promise<boolean>;

export interface Admission {
  authenticate: Authenticate;
  rateLimit: RateLimit;
  meter: Pick<RequestMeter, 'count'>;
}

/**
 * Admits a request to an operation: key, bucket, month's quota, scope, preconditions, in this order.
 * Throws or rejects at the first that fails. Returns the caller at once when this process knows the key and has a
 * token.
 */
export function authorize(admission: Admission, operation: Demands, req: Request): MaybeReady<Caller> {
  return whenReady(admission.authenticate(req), (caller) => {
    req.context.logged['tenantId'] = caller.tenantId;
    req.context.logged['keyId'] = caller.keyId;
    return whenReady(admission.rateLimit(req, caller), () => checkDemands(admission, operation, { req, caller }));
  });
}

/** What an operation demands of its caller. */
type Demands = Pick<Operation<never>, 'scope' | 'quota'>;

function checkDemands(
  { meter }: Admission,
  { scope, quota }: Demands,
  { req, caller }: { req: Request; caller: Caller },
) {
  if (quota === undefined) meter.count(caller);
  const needed = scope === 'operator' ? 'admin' : scope;
  if (!caller.scopes.has(needed)) {
    throw new Problem('forbidden', { detail: `this needs a key with the scope ${needed}` });
  }
  rejectPreconditions(req);
  if (scope === 'operator' && !caller.isOperator) {
    throw new Problem('forbidden', { detail: 'this concerns all tenants and needs a key of the operator tenant' });
  }
  return caller;
}
