import { Problem } from '@turno/contract';
import type { BucketLimit } from '@turno/redis';
import { LRUCache } from 'lru-cache';
import { parseApiKey, sameSecret } from './api-key.ts';
import { bearerOf, type Authenticate, type Caller } from './authenticate.ts';
import type { Limiter } from './limiter.ts';

/** One attempt to authenticate a request. */
export interface Attempt {
  authorization: string | undefined;
  /** Returns the client network that the attempt is counted for. */
  address: () => string;
}

export interface FailedAttemptsDeps {
  authenticate: Authenticate;
  limiter: Limiter;
  /** The token bucket of invalid keys per client network. */
  limit: BucketLimit;
}

/**
 * Wraps `authenticate` with a limit of invalid keys per client network.
 * Attempts over the limit are rejected without a read of any store. A key that this process accepted before still
 * passes, so that a guessing client does not lock out others on its network. A request without a key does not count.
 * Throws `too-many-failures`.
 */
export function limitFailedAttempts(deps: FailedAttemptsDeps): (attempt: Attempt) => Promise<Caller> {
  const acceptedKeys = new LRUCache<string, Buffer>({ max: 10_000 });
  let anyBucketEmptyUntil = 0;

  function wasAccepted(authorization: string): boolean {
    const presented = parseApiKey(bearerOf(authorization));
    const secret = presented && acceptedKeys.get(presented.id);
    return secret !== undefined && sameSecret(secret, presented?.secretSha256 ?? Buffer.alloc(0));
  }

  function rejectGuessing({ authorization, address }: Attempt): void {
    if (authorization === undefined || performance.now() >= anyBucketEmptyUntil) return;
    const waitMs = deps.limiter.emptyForMs(bucketOf(address()));
    if (waitMs > 0 && !wasAccepted(authorization)) throw tooManyFailures(waitMs);
  }

  async function countFailure({ address }: Attempt): Promise<void> {
    const bucket = bucketOf(address());
    const { allowed, waitMs } = await deps.limiter.take(bucket, deps.limit);
    anyBucketEmptyUntil = Math.max(anyBucketEmptyUntil, performance.now() + deps.limiter.emptyForMs(bucket));
    if (!allowed) throw tooManyFailures(waitMs);
  }

  return async (attempt) => {
    rejectGuessing(attempt);
    try {
      const caller = await deps.authenticate(attempt.authorization);
      if (!acceptedKeys.has(caller.keyId)) remember(acceptedKeys, attempt.authorization);
      return caller;
    } catch (error) {
      const isInvalid =
        error instanceof Problem && error.code === 'unauthorized' && attempt.authorization !== undefined;
      if (isInvalid) await countFailure(attempt);
      throw error;
    }
  };
}

function remember(acceptedKeys: LRUCache<string, Buffer>, authorization: string | undefined): void {
  const key = parseApiKey(bearerOf(authorization));
  if (key !== undefined) acceptedKeys.set(key.id, key.secretSha256);
}

function bucketOf(address: string): string {
  return `address:${address}`;
}

function tooManyFailures(waitMs: number): Problem {
  return new Problem('too-many-failures', {
    detail: 'Too many invalid API keys came from this network address. Wait, then send a valid key.',
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1_000)),
  });
}
