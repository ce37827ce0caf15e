import { isFinal } from '@turno/contract';
import { createBatcher, type JobKey, type Postgres, type ReadJob, readJobs, requestTimeoutMs } from '@turno/postgres';
import type { JobCache } from '@turno/redis';
import { type CacheCounts, newCacheCounts } from '@turno/runtime';
import { LRUCache } from 'lru-cache';
import { type JobView, parseView, renderJob } from './job-view.ts';
import type { Positions } from './positions.ts';

export interface JobReader {
  /** Undefined when this tenant has no such job. Memory, then Redis, then Postgres. */
  read(tenantId: string, jobId: string): Promise<JobView | undefined>;
  /** The same past all caches: what Postgres holds now. */
  readNow(tenantId: string, jobId: string): Promise<JobView | undefined>;
  /** Takes an erased job out of this process' memory and out of Redis; tried again while Redis is away. Never throws. */
  forget(tenantId: string, jobId: string): Promise<void>;
  /** Takes a job out of this process' memory. */
  drop(tenantId: string, jobId: string): void;
}

export interface ReaderDeps {
  sql: Postgres['sql'];
  cache: JobCache;
  retentionDays: number;
  /** Bytes of completed jobs held in this process; 0: none. */
  memoryBytes: number;
  /** How long: a process that does not hear of an erased job serves it for this time at most. */
  memoryMs: number;
  positions: Pick<Positions, 'of'>;
  /** Of the memory. */
  counts?: CacheCounts;
}

const forgetAgainMs = 1_000;
const forgetTriesMax = 300;

/**
 * Reads jobs. Only `completed` is kept in a cache, since nothing else is immutable: a failed job may be retried. Reads of
 * unfinished jobs share one statement.
 */
export function createJobReader(deps: ReaderDeps): JobReader {
  const { sql, cache, positions, retentionDays, memoryBytes, memoryMs, counts = newCacheCounts() } = deps;
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
  const remember = (tenantId: string, view: JobView) => memory.set(`${tenantId}:${view.id}`, view);

  async function readRow(tenantId: string, jobId: string): Promise<JobView | undefined> {
    const row = await rows.add({ tenantId, jobId });
    if (row === undefined) return undefined;
    const position = row.state === 'queued' ? await positions.of(row) : null;
    return renderJob(row, retentionDays, position);
  }

  async function share(tenantId: string, view: JobView): Promise<void> {
    // Of many who read it at once the first one tells Redis.
    if (view.state !== 'completed' || memory.has(`${tenantId}:${view.id}`)) return;
    remember(tenantId, view);
    await cache.put({ tenantId, jobId: view.id, version: view.version, text: JSON.stringify(view) });
  }

  /** Erased in Postgres, and Redis has not taken it yet: what it holds of them is not to be read. */
  const leaving = new Set<string>();

  async function forget(tenantId: string, jobId: string, triesLeft: number): Promise<void> {
    memory.delete(`${tenantId}:${jobId}`);
    leaving.add(`${tenantId}:${jobId}`);
    if ((await cache.erase(tenantId, jobId)) || triesLeft === 0) return void leaving.delete(`${tenantId}:${jobId}`);
    setTimeout(() => void forget(tenantId, jobId, triesLeft - 1), forgetAgainMs).unref();
  }

  return {
    readNow: readRow,
    forget: (tenantId, jobId) => forget(tenantId, jobId, forgetTriesMax),
    drop: (tenantId, jobId) => void memory.delete(`${tenantId}:${jobId}`),
    async read(tenantId, jobId) {
      const status: LRUCache.Status<string, JobView> = {};
      const held = memory.get(`${tenantId}:${jobId}`, { status });
      counts[countOf(status.get)] += 1;
      if (held !== undefined) return held;
      if (leaving.has(`${tenantId}:${jobId}`)) return undefined;
      const cached = await cache.get(tenantId, jobId);
      if (cached === null) return undefined;
      const known = cached === undefined ? undefined : parseView(cached, jobId);
      if (known !== undefined) {
        remember(tenantId, known);
        return known;
      }
      const view = await readRow(tenantId, jobId);
      if (view !== undefined && isFinal(view.state)) void share(tenantId, view);
      return view;
    },
  };
}

function countOf(found: LRUCache.Status<string, JobView>['get']): keyof CacheCounts {
  if (found === 'hit') return 'hits';
  return found === 'stale' ? 'stale' : 'misses';
}
