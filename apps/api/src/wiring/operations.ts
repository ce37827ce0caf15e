import { createJobList } from '@turno/jobs';
import { signOutput } from '@turno/files';
import type { Catalogue } from '@turno/kinds';
import { readJobInput, readJobOutput, setPause, withRequestTimeout } from '@turno/postgres';
import type { ProcessLife, Readiness } from '@turno/runtime';
import { createJobWebhooks } from '@turno/webhooks';
import type { Admission } from '../admission/authorize.ts';
import type { Config } from '../config.ts';
import type { ApiConstants } from '../constants.ts';
import { createConnectionShares, streamLimitsOf, waitLimitsOf } from '../http/stream/connection-shares.ts';
import { createStreamSlots } from '../http/stream/stream-slots.ts';
import type { OperationDeps } from '../operations/deps.ts';
import type { createCacheCounts } from './cache-report.ts';
import type { Database } from './database.ts';
import { createDocuments } from './documents.ts';
import { openFiles } from './files.ts';
import { openLimits } from './limits.ts';
import { createJobCounts, openMeter } from './metering.ts';
import { openReading } from './reading.ts';
import type { RedisConnections } from './redis.ts';
import { openSubmitting } from './submitting.ts';
import { openWebhooks } from './webhooks.ts';

export interface Stores extends Database {
  redis: RedisConnections;
  catalogue: Catalogue;
  readiness: Readiness;
  caches: ReturnType<typeof createCacheCounts>;
  constants: ApiConstants;
}

/** Opens everything that the operations and their admission use. */
export async function openOperations(
  settings: Config,
  life: ProcessLife,
  { postgres, queries, redis, catalogue, readiness, caches, constants }: Stores,
): Promise<{ admission: Admission; operationDeps: OperationDeps }> {
  const { sql } = postgres;
  const { events, limits, http, search } = constants;
  const reading = openReading(settings, life, { sql, redis, caches, constants });
  const { reader, waiters, follow, change, workNotices } = reading;
  const webhooks = openWebhooks(settings, life, sql);
  const { authenticate, rateLimit, isKeyValid, limitKind, limitOrigins } = await openLimits(settings, life, {
    postgres,
    redis: redis.cache,
    catalogue,
    counts: caches.keys,
    failuresPerMinute: limits.authFailuresPerMinute,
    slowMs: constants.redis.slowMs,
  });
  const vetJobWebhooks = createJobWebhooks({ ...webhooks, limitOrigins });
  const submit = await openSubmitting(settings, life, { sql, redis, reading, vetJobWebhooks, limits });
  const meter = openMeter(sql, life);
  const files = await openFiles(settings, life, sql);
  const { kindDocuments, apiDocument } = createDocuments(catalogue);
  const retentionDays = settings.RETENTION_DAYS;
  const operationDeps: OperationDeps = {
    sql,
    queries,
    catalogue,
    kindDocuments,
    apiDocument,
    readiness,
    isKeyValid,
    limitKind,
    meter,
    submit,
    change,
    retry: { sql, queries, reader, publish: change.publish, backlogLimits: submit.backlogLimits },
    jobList: createJobList({ queries, retentionDays, search: search.enabled }),
    reader,
    waiters,
    follow,
    streamSlots: createStreamSlots(streamLimitsOf(settings.HTTP_MAX_CONNECTIONS, events.streamsPerTenantMax)),
    waitShares: createConnectionShares(waitLimitsOf(settings.HTTP_MAX_CONNECTIONS)),
    heartbeatMs: events.heartbeatMs,
    readInput: (key) => withRequestTimeout(readJobInput(sql, key)),
    readOutput: (key) => withRequestTimeout(readJobOutput(sql, key)),
    signOutput: (key) => withRequestTimeout(signOutput(files, key)),
    countJobs: createJobCounts(queries),
    setPause: (target, paused) => withRequestTimeout(setPause(sql, target, paused)).then(workNotices.pauses),
    workNotices,
    files,
    schedules: { sql, catalogue, vetJobWebhooks, schedulesMax: limits.schedulesPerTenantMax, retentionDays },
    webhooks,
    bodyBytesMax: http.bodyBytesMax,
    fileBytesMax: limits.fileBytesMax,
    keysMax: limits.keysPerTenantMax,
    resultCacheSeconds: settings.RESULT_CACHE_SECONDS,
  };
  return { admission: { authenticate, rateLimit, meter }, operationDeps };
}
