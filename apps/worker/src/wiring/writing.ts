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
import type { Config } from '../config.ts';
import type { Stores } from './stores.ts';

type Writing = Pick<RunDeps, 'claims' | 'putBacks' | 'finishes' | 'kept'>;

/** What attempts write. All of it waits for Postgres as long as it takes: a result must not be lost to an outage. */
export function openWriting(settings: Config, { postgres: { sql }, telling }: Stores, log: Log): Writing {
  return {
    claims: createBatcher<ClaimRequest, ClaimedJob | undefined>({
      flush: (claims) => claimJobs(sql, claims),
      key: (claim) => claim.jobId,
      timeoutMs: Infinity,
    }),
    putBacks: createBatcher<Pick<HandOver, 'jobId' | 'ticket'>, true>({
      async flush(tickets) {
        await backlogTickets(sql, tickets);
        return tickets.map(() => true);
      },
      key: (ticket) => ticket.jobId,
      timeoutMs: Infinity,
    }),
    finishes: createBatcher<AttemptEnd, FinishAnswer>({
      flush: (ends) => finishJobs(sql, ends, telling.tell),
      key: (end) => end.jobId,
      bytes: (end) => end.output?.length ?? 0,
      timeoutMs: Infinity,
    }),
    kept: createUnsavedResults({ bytesMax: settings.UNSAVED_OUTPUT_BYTES_MAX, log }),
  };
}
