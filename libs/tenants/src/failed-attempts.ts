import { Problem } from '@turno/contract';
import type { BucketLimit } from '@turno/redis';
import type { MaybeReady } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { presentedKeyOf, sameHash } from './api-key.ts';
import type { Authenticate, Caller } from './authenticate.ts';
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
 * Throws or rejects with `too-many-failures`.
 */
export function limitFailedAttempts(deps: FailedAttemptsDeps): (attempt: Attempt) => MaybeReady<Caller> {
  const acceptedKeys = new LRUCache<string, string>({ max: 10_000 });
  /** A caller lives as long as its key is cached: one lookup less for each request. */
  const acceptedCallers = new WeakSet<Caller>();
  let anyBucketEmptyUntil = 0;

  function wasAccepted(authorization: string): boolean {
    const presented = presentedKeyOf(authorization);
    const accepted = presented && acceptedKeys.get(presented.id);
    return accepted !== undefined && sameHash(accepted, presented?.secretSha256 ?? '');
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

  function accept(caller: Caller, authorization: string | undefined): Caller {
    if (acceptedCallers.has(caller)) return caller;
    acceptedCallers.add(caller);
    const presented = presentedKeyOf(authorization);
    if (presented !== undefined) acceptedKeys.set(presented.id, presented.secretSha256);
    return caller;
  }

  async function judge(attempt: Attempt, authenticating: Promise<Caller>): Promise<Caller> {
    try {
      return accept(await authenticating, attempt.authorization);
    } catch (error) {
      const isInvalid =
        error instanceof Problem && error.code === 'unauthorized' && attempt.authorization !== undefined;
      if (isInvalid) await countFailure(attempt);
      throw error;
    }
  }

  return (attempt) => {
    rejectGuessing(attempt);
    const caller = deps.authenticate(attempt.authorization);
    return caller instanceof Promise ? judge(attempt, caller) : accept(caller, attempt.authorization);
  };
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
