import { Problem } from '@turno/contract';
import { watchProcesses } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import type { Postgres } from '@turno/postgres';
import { createBreaker, createTokenBuckets } from '@turno/redis';
import type { CacheCounts, ProcessLife } from '@turno/runtime';
import { createAuthenticate, createLimiter, limitFailedAttempts } from '@turno/tenants';
import type { Authenticate, IsKeyValid } from '../admission/authorize.ts';
import { clientAddressOf } from '../admission/client-address.ts';
import {
  createKindLimit,
  createOriginLimit,
  createRateLimit,
  type LimitKind,
  type LimitOrigins,
  type RateLimit,
} from '../admission/rate-limit.ts';
import type { Config } from '../config.ts';
import type { RedisConnections } from './redis.ts';

/** The name of every API process's connections begins with this. */
export const processName = 'turno-api ';

export interface LimitsDeps {
  postgres: Postgres;
  redis: RedisConnections['cache'];
  catalogue: Catalogue;
  /** Counts of the cache of keys. */
  counts: CacheCounts;
  /** Wrong keys that one client network may present in the long run. */
  failuresPerMinute: number;
  /** The time after which a take of tokens from Redis is slow. */
  slowMs: number;
}

export interface Limits {
  authenticate: Authenticate;
  rateLimit: RateLimit;
  isKeyValid: IsKeyValid;
  limitKind: LimitKind;
  limitOrigins: LimitOrigins;
}

/** Opens the authentication of requests, with its limit of failed attempts, and the rate limits. */
export async function openLimits(
  settings: Config,
  { closers, log }: ProcessLife,
  { postgres, redis, catalogue, counts, failuresPerMinute, slowMs }: LimitsDeps,
): Promise<Limits> {
  const processes = await watchProcesses({ sql: postgres.sql, log }, processName);
  closers.add('processes', () => processes.stop());
  const limiter = createLimiter({
    buckets: createTokenBuckets(redis, settings.REDIS_PREFIX),
    breaker: createBreaker(redis, { slowMs }),
    processes: processes.now,
  });
  const authenticateKey = createAuthenticate(postgres, counts);
  const authenticateAttempt = limitFailedAttempts({
    authenticate: authenticateKey,
    limiter,
    limit: { capacity: settings.AUTH_FAILURES_MAX, refillPerSecond: failuresPerMinute / 60 },
  });
  return {
    authenticate: (req) =>
      authenticateAttempt({ authorization: req.headers.authorization, address: () => clientAddressOf(req) }),
    rateLimit: createRateLimit(limiter),
    isKeyValid: (req) => Promise.resolve(authenticateKey(req.headers.authorization)).then(() => true, isNoRefusal),
    limitKind: createKindLimit(limiter, catalogue),
    limitOrigins: createOriginLimit(limiter),
  };
}

function isNoRefusal(error: unknown): boolean {
  return !(error instanceof Problem && error.code === 'unauthorized');
}
