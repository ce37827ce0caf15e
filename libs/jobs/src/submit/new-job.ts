import { newId, type SubmitOptions } from '@turno/contract';
import type { JobTemplate, NewJob } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import type { OwnWebhook } from '@turno/webhooks';
import type { JobRequest } from './job-request.ts';

/**
 * A job before its commit.
 * Whether it waits in the backlog is decided when its slot is reserved. Its own webhook is added once room is reserved.
 */
export type JobDraft = Omit<NewJob, 'backlog'>;

export interface NewJobOptions {
  traceparent: string | undefined;
  /** Uploads that the input names outlive the job by so many days. */
  keepFilesDays: number;
  /** Other submits may use its result, so that only the key that creates it may cancel it. */
  isShared?: boolean;
}

/** Returns the job that a request describes. */
export function toNewJob(
  { tenantId, keyId, plan }: Caller,
  request: JobRequest,
  { traceparent, keepFilesDays, isShared = false }: NewJobOptions,
): JobDraft {
  const { delaySeconds, runAt } = request.options;
  return {
    id: newId('job'),
    tenantId,
    ...toTemplate(request),
    creatorKeyId: isShared ? keyId : null,
    delayMs: delaySeconds * 1_000,
    runAt,
    blocked: plan.concurrentRunsMax !== null,
    keepFilesDays,
    traceparent,
  };
}

/** Options that do not concern the time at which a job runs. */
type TimelessOptions = Omit<SubmitOptions, 'delaySeconds' | 'runAt' | 'cacheSeconds'>;

/** Returns the part of a job that does not depend on its tenant or its time. */
export function toTemplate({ entry, input, options }: JobRequest<TimelessOptions>): JobTemplate {
  return {
    kind: entry.kind.name,
    kindVersion: entry.kind.version,
    queue: entry.kind.queue,
    priority: options.priority,
    maxAttempts: options.maxAttempts ?? entry.limits.maxAttempts,
    timeoutMs: Math.round((options.timeoutSeconds ?? entry.limits.timeoutSeconds) * 1_000),
    tags: options.tags,
    input: JSON.stringify(input),
    metadata: JSON.stringify(options.metadata),
    backoff: options.backoff === undefined ? null : JSON.stringify(options.backoff),
    deadlineMs: options.deadlineSeconds === null ? null : options.deadlineSeconds * 1_000,
  };
}

/** Returns the receivers that a job itself names, as its row stores them. */
export function toColumn(webhook: OwnWebhook | undefined): { webhooks?: string } {
  return webhook === undefined ? {} : { webhooks: JSON.stringify([webhook]) };
}
