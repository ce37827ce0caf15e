import { createUnsavedResults, type ExecuteAttempt, type PublishFinished, type RunDeps } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import {
  type AttemptEnd,
  backlogTickets,
  claimJobs,
  type ClaimedJob,
  type ClaimRequest,
  createBatcher,
  type FinishAnswer,
  finishJobs,
  type HandOver,
  type Postgres,
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { WorkerConstants } from '../constants.ts';
import type { WorkerMaintenance } from './maintenance.ts';
import type { Recorders } from './recorders.ts';
import type { Stores } from './stores.ts';

export interface AttemptParts {
  stores: Stores;
  maintenance: WorkerMaintenance;
  recorders: Recorders;
  catalogue: Catalogue;
  execute: ExecuteAttempt;
  worker: string;
  constants: WorkerConstants;
  log: Log;
}

type Sql = Postgres['sql'];

/**
 * Builds what an attempt needs from its claim to its end.
 * No batcher of its writes has a timeout: a result must not be lost to an outage of Postgres.
 */
export function openAttempts({
  stores,
  maintenance,
  recorders,
  catalogue,
  execute,
  worker,
  constants,
  log,
}: AttemptParts): Omit<RunDeps, 'isStopping'> {
  const { sql } = stores.postgres;
  const { publish, publishFinished, dueWork } = maintenance;
  return {
    catalogue,
    claims: claimBatcher(sql),
    requeues: requeueBatcher(sql),
    execute,
    progress: recorders.progress,
    logLines: recorders.logLines,
    finishes: finishBatcher(sql, publishFinished),
    unsavedResults: createUnsavedResults({ bytesMax: constants.execution.unsavedOutputBytesMax, log }),
    publish,
    running: maintenance.running,
    pauses: dueWork,
    noteDue: (inMs) => dueWork.note('promote', inMs),
    runTimes: maintenance.runTimes,
    showFailure: stores.producer.showFailure,
    startWithinMs: constants.packs.startWithinMs,
    refill: maintenance.refill,
    noteRunEnded: maintenance.noteRunEnded,
    worker,
    log,
  };
}

function claimBatcher(sql: Sql): RunDeps['claims'] {
  return createBatcher<ClaimRequest, ClaimedJob | undefined>({
    flush: (claims) => claimJobs(sql, claims),
    key: (claim) => claim.jobId,
    timeoutMs: Infinity,
  });
}

function requeueBatcher(sql: Sql): RunDeps['requeues'] {
  return createBatcher<Pick<HandOver, 'jobId' | 'ticket'>, true>({
    async flush(tickets) {
      await backlogTickets(sql, tickets, { alone: true });
      return tickets.map(() => true);
    },
    key: (ticket) => ticket.jobId,
    timeoutMs: Infinity,
  });
}

function finishBatcher(sql: Sql, publish: PublishFinished): RunDeps['finishes'] {
  return createBatcher<AttemptEnd, FinishAnswer>({
    flush: (ends) => finishJobs(sql, ends, publish),
    key: (end) => end.jobId,
    bytes: (end) => end.output?.length ?? 0,
    tenant: (end) => end.tenantId,
    timeoutMs: Infinity,
  });
}
