import {
  createBacklogLimits,
  createDispatcher,
  createBlockedJobs,
  createWindow,
  type Positions,
  type SubmitDeps,
  watchPauses,
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
import type { ProcessLife } from '@turno/runtime';
import type { Config } from '../config.ts';
import type { ApiConstants } from '../constants.ts';

/** The bytes of a job's row without its input, about. They bound a statement of many small jobs. */
const jobBytes = 400;

export interface SubmittingParts {
  sql: Postgres['sql'];
  reader: SubmitDeps['reader'];
  vetJobWebhooks: SubmitDeps['vetJobWebhooks'];
  positions: Positions;
  limits: ApiConstants['limits'];
}

/** Opens the parts that commit jobs and dispatch them. */
export async function openSubmitting(
  settings: Config,
  { closers, log }: ProcessLife,
  { sql, reader, vetJobWebhooks, positions, limits }: SubmittingParts,
): Promise<SubmitDeps> {
  const producer = createProducer({ redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX }, log);
  closers.add('producer', () => producer.close());
  const pauses = await watchPauses({ sql, log });
  closers.add('pauses', () => pauses.stop());
  const window = createWindow({ sql, producer, log, pauses, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const dispatcher = createDispatcher({ sql, producer, log });
  closers.add('dispatcher', () => dispatcher.close());
  const blockedJobs = createBlockedJobs({ sql, dispatcher, window, pauses, log });
  closers.add('blocked jobs', () => blockedJobs.close());
  const backlogLimits = createBacklogLimits({
    sql,
    log,
    jobsMax: settings.BACKLOG_MAX,
    countEveryMs: limits.backlogCountEveryMs,
    onCount: (counts) => positions.update(counts, window.waitingTickets),
  });
  closers.add('backlog limits', () => backlogLimits.close());
  return {
    sql,
    reader,
    vetJobWebhooks,
    submissions: submissionBatcher(sql),
    dispatcher,
    window,
    blockedJobs,
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
