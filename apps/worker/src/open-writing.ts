import { createKeptResults, type RunDeps } from '@turno/jobs';
import {
  type AttemptEnd,
  backlogTickets,
  claimJobs,
  type ClaimedJob,
  type ClaimRequest,
  createGroup,
  type FinishAnswer,
  finishJobs,
  type HandOver,
} from '@turno/postgres';
import type { Log } from '@turno/runtime';
import type { Config } from './config.ts';
import type { Stores } from './open-stores.ts';

type Writing = Pick<RunDeps, 'claims' | 'putBacks' | 'finishes' | 'kept'>;

/** What attempts write. All of it waits for Postgres as long as it takes: a result must not be lost to an outage. */
export function openWriting(settings: Config, { postgres: { sql }, telling }: Stores, log: Log): Writing {
  return {
    claims: createGroup<ClaimRequest, ClaimedJob | undefined>({
      flush: (claims) => claimJobs(sql, claims),
      key: (claim) => claim.jobId,
      patienceMs: Infinity,
    }),
    putBacks: createGroup<Pick<HandOver, 'jobId' | 'ticket'>, true>({
      async flush(tickets) {
        await backlogTickets(sql, tickets);
        return tickets.map(() => true);
      },
      key: (ticket) => ticket.jobId,
      patienceMs: Infinity,
    }),
    finishes: createGroup<AttemptEnd, FinishAnswer>({
      flush: (ends) => finishJobs(sql, ends, telling.tell),
      key: (end) => end.jobId,
      bytes: (end) => end.output?.length ?? 0,
      patienceMs: Infinity,
    }),
    kept: createKeptResults({ bytesMax: settings.KEPT_OUTPUT_BYTES_MAX, log }),
  };
}
