import { Problem, type Scope } from '@turno/contract';
import type { Caller } from '@turno/tenants';
import type { Request, RequestHandler, Response } from 'express';
import { rejectPreconditions } from './http/request/reject-preconditions.ts';

/** Throws when this request may not come in, for want of a key or of a token in its bucket. */
export type Authenticate = (req: Request) => Promise<Caller>;
/** False once the key of a request that was let in opens nothing any more. Takes no token. True while nobody can be asked. */
export type IsKeyValid = (req: Request) => Promise<boolean>;
export type CallerHandler = (caller: Caller, req: Request, res: Response) => Promise<void> | void;

/** Lets a request through only with a key of the first tenant that has the scope admin: 403 for every other one. */
export function requireOperator(authenticate: Authenticate, handle: CallerHandler): RequestHandler {
  return requireScope(authenticate, 'admin', async (caller, req, res) => {
    if (!caller.isOperator) throw new Problem('forbidden', { detail: 'only the first tenant may, it concerns all' });
    await handle(caller, req, res);
  });
}

/** Lets a request through to `handle` only with a valid key that has this scope: 401 without the one, 403 without the other. */
export function requireScope(authenticate: Authenticate, scope: Scope, handle: CallerHandler): RequestHandler {
  return async (req, res) => {
    const caller = await authenticate(req);
    req.exchange.logged['tenantId'] = caller.tenantId;
    req.exchange.logged['keyId'] = caller.keyId;
    if (!caller.scopes.has(scope))
      throw new Problem('forbidden', { detail: `this needs a key with the scope ${scope}` });
    rejectPreconditions(req);
    makeAskable(req.params);
    await handle(caller, req, res);
  };
}

/** Postgres takes no NUL; with the letter in its place a name is that of nothing. */
function makeAskable(params: Request['params']): void {
  for (const [name, value] of Object.entries(params)) params[name] = String(value).replaceAll('\u0000', '\uFFFD');
}
