import { isFinal } from '@turno/contract';
import { createBatcher, type JobKey, type Postgres, type ReadJob, readJobs, requestTimeoutMs } from '@turno/postgres';
import type { JobCache } from '@turno/redis';
import { type CacheCounts, type MaybeReady, newCacheCounts } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { type JobView, parseView } from './job-view.ts';
import type { Positions } from './positions.ts';
import { createUnfinishedJobs } from './unfinished-jobs.ts';

export interface JobReader {
  /**
   * Reads a job from memory, then Redis, then Postgres; at once from memory. Undefined: this tenant has no such job.
   */
  read(tenantId: string, jobId: string): MaybeReady<JobView | undefined>;
  /** Reads a job from Postgres, past all caches. */
  readNow(tenantId: string, jobId: string): Promise<JobView | undefined>;
  /**
   * Removes an erased job from this process's memory and from Redis.
   * Never throws. The removal from Redis is repeated while Redis is away.
   */
  forget(tenantId: string, jobId: string): Promise<void>;
  /** Stores a job in this process's memory if it is completed, so that a poll right after a wait reads nothing. */
  remember(tenantId: string, view: JobView): void;
  /** Removes a job from this process's memory. */
  drop(tenantId: string, jobId: string): void;
}

export interface ReaderDeps {
  sql: Postgres['sql'];
  cache: JobCache;
  retentionDays: number;
  /** Bytes of completed jobs in this process's memory; 0: none. Unfinished jobs take up to a quarter more. */
  memoryBytes: number;
  /**
   * Milliseconds for which a job stays in memory.
   * A process that misses the broadcast of an erased job serves it this long at most.
   */
  memoryMs: number;
  positions: Pick<Positions, 'of'>;
  /** Hits and misses of the memory. */
  counts?: CacheCounts;
}

const forgetRetryMs = 1_000;
const forgetTriesMax = 300;

/**
 * Creates the reader of jobs, with its caches.
 * Only `completed` jobs are cached, since no other state is immutable: a failed job may be retried. Reads of
 * unfinished jobs that arrive together share one statement, which reads only whether a job has changed when this
 * process has read it before.
 */
export function createJobReader(deps: ReaderDeps): JobReader {
  const { sql, cache, positions, retentionDays, memoryBytes, memoryMs, counts = newCacheCounts() } = deps;
  const bytesMax = memoryBytes / 4;
  const unfinished = createUnfinishedJobs({ sql, positions, retentionDays, bytesMax, storedMs: memoryMs });
  const memory = new LRUCache<string, JobView>({
    maxSize: Math.max(1, memoryBytes), // smaller than any job
    ttl: memoryMs,
    sizeCalculation: (view) => 500 + 2 * view.body.length,
  });
  const rows = createBatcher<JobKey, ReadJob | undefined>({
    flush: (keys) => readJobs(sql, keys),
    key: (key) => key.jobId,
    timeoutMs: requestTimeoutMs,
  });
  const cacheInMemory = (tenantId: string, view: JobView) => memory.set(`${tenantId}:${view.id}`, view);

  async function readRow(tenantId: string, jobId: string): Promise<JobView | undefined> {
    const row = await rows.add({ tenantId, jobId });
    return row && unfinished.render(row);
  }

  async function cacheCompleted(tenantId: string, view: JobView): Promise<void> {
    // If many requests read the job together, only the first writes it to Redis.
    if (view.state !== 'completed' || memory.has(`${tenantId}:${view.id}`)) return;
    cacheInMemory(tenantId, view);
    await cache.put({ tenantId, jobId: view.id, version: view.version, text: JSON.stringify(view) });
  }

  /** Jobs that are erased in Postgres and not yet in Redis. Redis must not be read for them. */
  const erasing = new Set<string>();

  async function forget(tenantId: string, jobId: string, triesLeft: number): Promise<void> {
    memory.delete(`${tenantId}:${jobId}`);
    erasing.add(`${tenantId}:${jobId}`);
    if ((await cache.erase(tenantId, jobId)) || triesLeft === 0) return void erasing.delete(`${tenantId}:${jobId}`);
    setTimeout(() => void forget(tenantId, jobId, triesLeft - 1), forgetRetryMs).unref();
  }

  /** Redis has only completed jobs: it is not asked for a job that was unfinished a moment ago. */
  async function readElsewhere(tenantId: string, jobId: string): Promise<JobView | undefined> {
    if (erasing.has(`${tenantId}:${jobId}`)) return undefined;
    const key = { tenantId, jobId };
    const unchanged = unfinished.has(key) ? await unfinished.revalidate(key).catch(() => undefined) : undefined;
    if (unchanged !== undefined) return unchanged;
    const cached = await cache.get(tenantId, jobId);
    if (cached === null) return undefined;
    const known = cached === undefined ? undefined : parseView(cached, jobId);
    if (known !== undefined) {
      cacheInMemory(tenantId, known);
      return known;
    }
    const view = await readRow(tenantId, jobId);
    if (view !== undefined && isFinal(view.state)) void cacheCompleted(tenantId, view);
    return view;
  }

  return {
    readNow: readRow,
    remember: (tenantId, view) => void (view.state !== 'completed' || cacheInMemory(tenantId, view)),
    forget: (tenantId, jobId) => forget(tenantId, jobId, forgetTriesMax),
    drop: (tenantId, jobId) => void memory.delete(`${tenantId}:${jobId}`),
    read(tenantId, jobId) {
      const status: LRUCache.Status<string, JobView> = {};
      const inMemory = memory.get(`${tenantId}:${jobId}`, { status });
      counts[countOf(status.get)] += 1;
      return inMemory ?? readElsewhere(tenantId, jobId);
    },
  };
}

function countOf(found: LRUCache.Status<string, JobView>['get']): keyof CacheCounts {
  if (found === 'hit') return 'hits';
  return found === 'stale' ? 'stale' : 'misses';
}
