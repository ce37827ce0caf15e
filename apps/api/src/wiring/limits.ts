import { Problem } from '@turno/contract';
import { watchProcesses } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import type { Postgres } from '@turno/postgres';
import { createBreaker, createTokenBuckets, type openRedis } from '@turno/redis';
import type { CacheCounts, ProcessLife } from '@turno/runtime';
import { createAuthenticate, createLimiter, limitFailedAttempts } from '@turno/tenants';
import type { Authenticate, IsKeyValid } from '../authorize.ts';
import type { Config } from '../config.ts';
import { createRateLimit, createKindLimit, type LimitKind } from '../rate-limits.ts';

/** Every API process is connected to Postgres under this and something of its own. */
export const processName = 'turno-api ';

export interface LimitsDeps {
  postgres: Postgres;
  redis: ReturnType<typeof openRedis>;
  catalogue: Catalogue;
  /** Of the keys. */
  counts: CacheCounts;
  /** Wrong keys that one client network may present in the long run. */
  failuresPerMinute: number;
}

/** Who may come in, and how often. */
export async function openLimits(
  settings: Config,
  { postgres, redis, catalogue, counts, failuresPerMinute }: LimitsDeps,
  { closers, log }: ProcessLife,
): Promise<{ authenticate: Authenticate; isKeyValid: IsKeyValid; limitKind: LimitKind }> {
  const processes = await watchProcesses({ sql: postgres.sql, log }, processName);
  closers.add('processes', () => processes.stop());
  const limiter = createLimiter({
    buckets: createTokenBuckets(redis, settings.REDIS_PREFIX),
    breaker: createBreaker(redis),
    processes: processes.now,
  });
  const authenticate = createAuthenticate(postgres, counts);
  const authenticateLimited = limitFailedAttempts({
    authenticate,
    limiter,
    limit: { capacity: settings.AUTH_FAILURES_MAX, refillPerSecond: failuresPerMinute / 60 },
  });
  return {
    authenticate: createRateLimit({ limiter, authenticate: authenticateLimited }),
    isKeyValid: (req) => authenticate(req.headers.authorization).then(() => true, isNoRefusal),
    limitKind: createKindLimit(limiter, catalogue),
  };
}

function isNoRefusal(error: unknown): boolean {
  return !(error instanceof Problem && error.code === 'unauthorized');
}
