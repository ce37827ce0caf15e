import { searchConstants } from '@turno/jobs';
import { eventsPerJobMax, redisConstants } from '@turno/redis';

/** Values of an API process that no installation needs to change, as shipped. */
export const apiConstants = {
  http: {
    /** The largest request body. */
    bodyBytesMax: 2 * 1024 * 1024,
    /** The largest request line with its headers. */
    headerBytesMax: 16_384,
    /** The time in which the headers of a request must arrive. */
    headersTimeoutMs: 10_000,
    /** The time in which a whole request must arrive. */
    requestTimeoutMs: 30_000,
    /**
     * Above the 60 s after which load balancers commonly drop an idle connection, so that they never race with ours.
     */
    keepAliveTimeoutMs: 65_000,
    /** A client that reads nothing of a large answer is cut off after this time, at most twice this time. */
    stalledWriteMs: 20_000,
  },
  limits: {
    /** Wrong keys per minute that one client network may present in the long run. */
    authFailuresPerMinute: 10,
    /** Between two counts of the jobs that wait. Each process counts its own submits in between. */
    backlogCountEveryMs: 1_000,
    /** Receivers of one job that several submits share. A submit beyond it gets a job of its own. */
    receiversPerJobMax: 20,
    /** API keys of one tenant. A revoked key counts for a day, since its token bucket lives as long. */
    keysPerTenantMax: 100,
    schedulesPerTenantMax: 1_000,
    fileBytesMax: 1024 ** 3,
  },
  queries: {
    /** The time that Postgres has for one list, search or count; then the statement is cancelled. */
    timeoutMs: 5_000,
    /** The longest wait for a slot. Shorter than the time that a request gives Postgres. */
    waitMs: 1_500,
    /** Calls of one tenant that wait for a slot. */
    waitingPerTenantMax: 10,
  },
  resultMemory: {
    /** The time for which a process serves a completed job from memory, also one whose erasure it did not learn of. */
    maxAgeMs: 10_000,
  },
  events: {
    /** Entries that Redis keeps of a followed job, about. */
    perJobMax: eventsPerJobMax,
    /** Event streams that one tenant may have open in one process, and at most a quarter of its connections. */
    streamsPerTenantMax: 200,
    /** Between two comments that keep a silent event stream open. */
    heartbeatMs: 15_000,
    /** The time for which the events of a job stay after its last follower left. */
    retentionSeconds: 300,
  },
  redis: redisConstants,
  search: searchConstants,
};

export type ApiConstants = typeof apiConstants;
