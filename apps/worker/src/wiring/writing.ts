import { createUnsavedResults, type RunDeps } from '@turno/jobs';
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
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { WorkerConstants } from '../constants.ts';
import type { Stores } from './stores.ts';

type Writing = Pick<RunDeps, 'claims' | 'requeues' | 'finishes' | 'unsavedResults'>;

/**
 * Creates the batchers of an attempt's writes.
 * None has a timeout: a result must not be lost to an outage of Postgres.
 */
export function openWriting(
  { postgres: { sql }, publisher }: Stores,
  log: Log,
  { unsavedOutputBytesMax }: WorkerConstants['execution'],
): Writing {
  return {
    claims: createBatcher<ClaimRequest, ClaimedJob | undefined>({
      flush: (claims) => claimJobs(sql, claims),
      key: (claim) => claim.jobId,
      timeoutMs: Infinity,
    }),
    requeues: createBatcher<Pick<HandOver, 'jobId' | 'ticket'>, true>({
      async flush(tickets) {
        await backlogTickets(sql, tickets);
        return tickets.map(() => true);
      },
      key: (ticket) => ticket.jobId,
      timeoutMs: Infinity,
    }),
    finishes: createBatcher<AttemptEnd, FinishAnswer>({
      flush: (ends) => finishJobs(sql, ends, publisher.publish),
      key: (end) => end.jobId,
      bytes: (end) => end.output?.length ?? 0,
      timeoutMs: Infinity,
    }),
    unsavedResults: createUnsavedResults({ bytesMax: unsavedOutputBytesMax, log }),
  };
}
