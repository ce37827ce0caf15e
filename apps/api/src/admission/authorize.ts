import { Problem } from '@turno/contract';
import type { Caller, RequestMeter } from '@turno/tenants';
import type { Request } from 'express';
import { rejectPreconditions } from '../http/request/reject-preconditions.ts';
import type { Operation } from '../operations/operation.ts';
import type { RateLimit } from './rate-limit.ts';

/**
 * Finds the caller by the request's key.
 * Throws `unauthorized`, `too-many-failures` or `store-unavailable`.
 */
export type Authenticate = (req: Request) => Promise<Caller>;
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
 * Throws at the first that fails.
 */
export async function authorize(
  { authenticate, rateLimit, meter }: Admission,
  { scope, quota }: Pick<Operation<never>, 'scope' | 'quota'>,
  req: Request,
): Promise<Caller> {
  const caller = await authenticate(req);
  req.context.logged['tenantId'] = caller.tenantId;
  req.context.logged['keyId'] = caller.keyId;
  await rateLimit(req, caller);
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
