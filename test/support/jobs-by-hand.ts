import { randomUUID } from 'node:crypto';
import {
  claimJobs,
  type ClaimRequest,
  finishJobs,
  type JobNow,
  openPostgres,
  type Postgres,
  recordProgress,
} from '@turno/postgres';
import { createPublisher } from '@turno/jobs';
import { createEventWriter, openRedis, signalJob } from '@turno/redis';
import { parseApiKey } from '@turno/tenants';
import { pino } from 'pino';
import { type FileStores, stores } from './stores/stores.ts';

export interface JobsByHand {
  /** queued → running, and whoever waits is told. */
  start(jobId: string): Promise<void>;
  /** running → completed with this JSON text. */
  complete(jobId: string, output: string): Promise<void>;
  /** running → failed. */
  fail(jobId: string, code: string): Promise<void>;
  /** Says how far a running job is. */
  progress(jobId: string, percent: number): Promise<void>;
  /** The word of its start once more, as if it had been held up. */
  startAgain(jobId: string): void;
  /** What the handler would log. */
  say(jobId: string, message: string): Promise<boolean>;
  /** Gone, as if its retention were over. */
  erase(jobId: string): Promise<void>;
  /** From now on the key opens nothing. */
  revoke(key: string): Promise<void>;
  findByTag(tag: string): Promise<string | undefined>;
  /** True while somebody waits for a job of this file. */
  someoneWaits(): Promise<boolean>;
  close(): Promise<void>;
}

/** Moves jobs as a worker would, at the moment a test chooses. */
export async function jobsByHand(given: Partial<FileStores> = {}): Promise<JobsByHand> {
  const { databaseUrl, redisUrl, redisPrefix } = { ...(await stores()), ...given };
  const postgres = openPostgres({ url: databaseUrl, poolMax: 1, prepare: true, name: 'test' });
  const redis = openRedis({ url: redisUrl, role: 'cache', log: pino({ enabled: false }) });
  const events = createEventWriter(redis, { prefix: redisPrefix, entriesMax: 256 });
  const { publish, publishFinished, publishProgress } = createPublisher({
    events,
    signal: (jobId, signal) => void signalJob(redis, redisPrefix, { jobId, ...signal }),
  });
  const claims = new Map<string, ClaimRequest & JobNow>();
  const claimOf = (jobId: string) => {
    const claim = claims.get(jobId);
    if (claim === undefined) throw new Error(`${jobId} was not started by this hand`);
    return claim;
  };
  const end = async (jobId: string, how: Pick<Parameters<typeof finishJobs>[1][number], 'to' | 'output' | 'error'>) => {
    const [answer] = await finishJobs(postgres.sql, [{ ...claimOf(jobId), delayMs: 0, ...how }], publishFinished);
    if (answer !== 'written') throw new Error(`${jobId} could not be ended: ${String(answer)}`);
  };
  return {
    async start(jobId) {
      const claim = { jobId, ticket: 1, claim: randomUUID(), worker: 'by hand' };
      const [claimed] = await claimJobs(postgres.sql, [claim]);
      if (claimed === undefined) throw new Error(`${jobId} could not be started`);
      claims.set(jobId, { ...claimed, ...claim });
      publish(claimed);
    },
    complete: (jobId, output) => end(jobId, { to: 'completed', output, error: null }),
    fail: (jobId, code) =>
      end(jobId, { to: 'failed', output: null, error: { code, message: 'as the test wanted', attempt: 1 } }),
    async progress(jobId, percent) {
      const jobs = await recordProgress(postgres.sql, [{ ...claimOf(jobId), percent, message: null }]);
      jobs.forEach(publishProgress);
    },
    startAgain: (jobId) => publish(claimOf(jobId)),
    say: async (jobId, message) => {
      const followed = await events.append(claimOf(jobId), [
        { type: 'log', version: 0, data: JSON.stringify({ message }) },
      ]);
      await signalJob(redis, redisPrefix, { jobId, kind: 'more' });
      return followed;
    },
    erase: async (jobId) => void (await postgres.sql`DELETE FROM jobs WHERE id = ${jobId}`),
    revoke: async (key) =>
      void (await postgres.sql`UPDATE api_keys SET revoked_at = now() WHERE id = ${parseApiKey(key)?.id ?? ''}`),
    async findByTag(tag) {
      const [row] = await postgres.sql<{ id: string }[]>`SELECT id FROM jobs WHERE ${tag} = ANY (tags)`;
      return row?.id;
    },
    async someoneWaits() {
      const channels = await redis.pubsub('CHANNELS', `${redisPrefix}:signal:*`);
      return channels.length > 0;
    },
    close: () => closeAll(postgres, redis),
  };
}

async function closeAll(postgres: Postgres, redis: ReturnType<typeof openRedis>): Promise<void> {
  redis.disconnect();
  await postgres.close();
}
