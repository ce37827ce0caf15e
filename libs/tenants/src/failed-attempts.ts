import { Problem } from '@turno/contract';
import type { BucketLimit } from '@turno/redis';
import { LRUCache } from 'lru-cache';
import { parseApiKey, sameSecret } from './api-key.ts';
import { bearerOf, type Authenticate, type Caller } from './authenticate.ts';
import type { Limiter } from './limiter.ts';

export interface Attempt {
  authorization: string | undefined;
  /** The network address it came from, in the form in which addresses are counted. */
  address: () => string;
}

export interface FailedAttemptsDeps {
  authenticate: Authenticate;
  limiter: Limiter;
  /** Wrong keys that one address may present. */
  limit: BucketLimit;
}

/**
 * Lets callers in as `authenticate` does, until an address has presented too many wrong keys. From then on its attempts are refused
 * without a look at any store, except with keys that this process has let in before: whoever shares an address with someone who
 * guesses is not shut out by him. A request without any key is no attempt.
 */
export function limitFailedAttempts(deps: FailedAttemptsDeps): (attempt: Attempt) => Promise<Caller> {
  const letIn = new LRUCache<string, Buffer>({ max: 10_000 });
  let someoneEmptyUntil = 0;

  function hasBeenIn(authorization: string): boolean {
    const presented = parseApiKey(bearerOf(authorization));
    const secret = presented && letIn.get(presented.id);
    return secret !== undefined && sameSecret(secret, presented?.secretSha256 ?? Buffer.alloc(0));
  }

  function refuseGuessing({ authorization, address }: Attempt): void {
    if (authorization === undefined || performance.now() >= someoneEmptyUntil) return;
    const waitMs = deps.limiter.emptyForMs(bucketOf(address()));
    if (waitMs > 0 && !hasBeenIn(authorization)) throw refusal(waitMs);
  }

  async function countFailure({ address }: Attempt): Promise<void> {
    const bucket = bucketOf(address());
    const { allowed, waitMs } = await deps.limiter.take(bucket, deps.limit);
    someoneEmptyUntil = Math.max(someoneEmptyUntil, performance.now() + deps.limiter.emptyForMs(bucket));
    if (!allowed) throw refusal(waitMs);
  }

  return async (attempt) => {
    refuseGuessing(attempt);
    try {
      const caller = await deps.authenticate(attempt.authorization);
      if (!letIn.has(caller.keyId)) remember(letIn, attempt.authorization);
      return caller;
    } catch (error) {
      const isWrong = error instanceof Problem && error.code === 'unauthorized' && attempt.authorization !== undefined;
      if (isWrong) await countFailure(attempt);
      throw error;
    }
  };
}

function remember(letIn: LRUCache<string, Buffer>, authorization: string | undefined): void {
  const key = parseApiKey(bearerOf(authorization));
  if (key !== undefined) letIn.set(key.id, key.secretSha256);
}

function bucketOf(address: string): string {
  return `address:${address}`;
}

function refusal(waitMs: number): Problem {
  return new Problem('too-many-failures', {
    detail: 'Too many wrong keys came from this address. Wait, then send a valid one.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
