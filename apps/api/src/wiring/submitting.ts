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

/** A row's own bytes beside its input, about: what bounds a statement of many small jobs. */
const jobBytes = 400;

type Given = Pick<SubmitDeps, 'reader' | 'resolveJobWebhook'> & {
  sql: Postgres['sql'];
  positions: Positions;
  limits: ApiConstants['limits'];
};

/** What commits jobs and hands them to the queue. */
export async function openSubmitting(
  settings: Config,
  { sql, positions, limits, ...given }: Given,
  { closers, log }: ProcessLife,
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
    lookEveryMs: limits.backlogCountEveryMs,
    onCount: (counts) => positions.update(counts, window.waitingTickets),
  });
  closers.add('backlog limits', () => backlogLimits.close());
  const submissions = createBatcher<Submission, Submitted>({
    flush: (together) => insertSubmissions(sql, together),
    key: ({ jobs: [first] }) => first?.id ?? '',
    bytes: ({ jobs }) => jobs.reduce((bytes, job) => bytes + job.input.length + jobBytes, 0),
    timeoutMs: requestTimeoutMs,
  });
  const retentionDays = settings.RETENTION_DAYS;
  const receiversMax = limits.receiversPerJobMax;
  return { ...given, sql, submissions, dispatcher, window, blockedJobs, backlogLimits, retentionDays, receiversMax };
}
