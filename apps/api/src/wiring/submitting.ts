import {
  applyWorkNotice,
  createBacklogLimits,
  createDispatcher,
  createBlockedJobs,
  createWindow,
  type SubmitDeps,
  watchDueWork,
} from '@turno/jobs';
import {
  createBatcher,
  insertSubmissions,
  type Postgres,
  requestTimeoutMs,
  type Submission,
  type Submitted,
} from '@turno/postgres';
import { createProducer } from '@turno/queue';
import { subscribeToBroadcasts } from '@turno/redis';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { ApiConstants } from '../constants.ts';
import type { Reading } from './reading.ts';
import type { RedisConnections } from './redis.ts';

/** The bytes of a job's row without its input, about. They bound a statement of many small jobs. */
const jobBytes = 400;

export interface SubmittingParts {
  sql: Postgres['sql'];
  redis: Pick<RedisConnections, 'signals'>;
  reading: Pick<Reading, 'reader' | 'positions' | 'workNotices'>;
  vetJobWebhooks: SubmitDeps['vetJobWebhooks'];
  limits: ApiConstants['limits'];
}

/** Opens the parts that commit jobs and dispatch them. */
export async function openSubmitting(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, redis, reading, vetJobWebhooks, limits }: SubmittingParts,
): Promise<SubmitDeps> {
  const { reader, positions, workNotices } = reading;
  const producer = createProducer({ redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX }, log);
  closers.add('producer', () => producer.close());
  const dueWork = await watchDueWork({ sql, log });
  closers.add('due work', () => dueWork.stop());
  subscribeToBroadcasts(redis.signals, { prefix: settings.REDIS_PREFIX, topic: 'work' }, (notice) =>
    applyWorkNotice(dueWork, notice),
  );
  const noteBacklog = (queue: string) => {
    dueWork.noteBacklog(queue);
    workNotices.backlog(queue);
  };
  const window = createWindow({ producer, log, dueWork, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const dispatcher = createDispatcher({ sql, producer, log });
  closers.add('dispatcher', () => dispatcher.close());
  const blockedJobs = createBlockedJobs({
    sql,
    dispatcher,
    window,
    pauses: dueWork,
    log,
    onBacklog: workNotices.backlog,
  });
  closers.add('blocked jobs', () => blockedJobs.close());
  const backlogLimits = createBacklogLimits({
    sql,
    log,
    jobsMax: settings.BACKLOG_MAX,
    countEveryMs: limits.backlogCountEveryMs,
    onCount: (counts) => positions.update(counts, window.waitingTickets),
  });
  closers.add('backlog limits', () => backlogLimits.close());
  dueWork.onBacklog(backlogLimits.noteWaiting);
  return {
    sql,
    reader,
    vetJobWebhooks,
    submissions: submissionBatcher(sql),
    dispatcher,
    window,
    blockedJobs,
    noteBacklog,
    backlogLimits,
    retentionDays: settings.RETENTION_DAYS,
    receiversMax: limits.receiversPerJobMax,
  };
}

function submissionBatcher(sql: Postgres['sql']): SubmitDeps['submissions'] {
  return createBatcher<Submission, Submitted>({
    flush: (submissions) => insertSubmissions(sql, submissions),
    key: ({ jobs: [first] }) => first?.id ?? '',
    rows: ({ jobs }) => jobs.length,
    bytes: ({ jobs }) => jobs.reduce((bytes, job) => bytes + job.input.length + jobBytes, 0),
    tenant: ({ tenantId }) => tenantId,
    timeoutMs: requestTimeoutMs,
  });
}
