import { isFinal } from '@turno/contract';
import {
  createBatcher,
  type JobKey,
  type JobRevision,
  type Postgres,
  type ReadJob,
  readRevisions,
  requestTimeoutMs,
} from '@turno/postgres';
import { LRUCache } from 'lru-cache';
import { type JobView, renderJob } from './job-view.ts';
import type { Positions } from './positions.ts';

/** Unfinished jobs as they were last read. No job is shown before Postgres has confirmed that it has not changed. */
export interface UnfinishedJobs {
  /** Renders a job that was just read, and stores it for its next read when it is unfinished. */
  render(row: ReadJob): Promise<JobView>;
  /** Returns true for a job that `revalidate` may find. */
  has(key: JobKey): boolean;
  /**
   * Returns a stored job as it is now; undefined when it has changed or is not stored.
   * It reads a few columns, in one statement for all jobs that are read at once. Rejects while Postgres is away.
   */
  revalidate(key: JobKey): Promise<JobView | undefined>;
}

export interface UnfinishedJobsDeps {
  sql: Postgres['sql'];
  positions: Pick<Positions, 'of'>;
  retentionDays: number;
  /** The bytes that the stored jobs take at most; 0: none are stored. */
  bytesMax: number;
  /** Milliseconds after its last full read for which a job is stored. */
  storedMs: number;
}

interface StoredJob {
  row: ReadJob;
  position: number | null;
  view: JobView;
}

/** Creates the store of unfinished jobs of one process. */
export function createUnfinishedJobs(deps: UnfinishedJobsDeps): UnfinishedJobs {
  const { sql, positions, retentionDays, bytesMax, storedMs } = deps;
  const stored = new LRUCache<string, StoredJob>({
    maxSize: Math.max(1, bytesMax), // smaller than any job
    ttl: storedMs,
    sizeCalculation: ({ view }) => 2_000 + 4 * view.body.length,
  });
  const revisions = createBatcher<JobKey, JobRevision | undefined>({
    flush: (keys) => readRevisions(sql, keys),
    key: (key) => key.jobId,
    timeoutMs: requestTimeoutMs,
  });
  const positionOf = (row: ReadJob) => (row.state === 'queued' ? positions.of(row) : null);

  return {
    async render(row) {
      const position = await positionOf(row);
      const view = renderJob(row, retentionDays, position);
      if (!isFinal(row.state)) stored.set(nameOf({ tenantId: row.tenantId, jobId: row.id }), { row, position, view });
      return view;
    },
    has: (key) => stored.has(nameOf(key)),
    async revalidate(key) {
      const revision = await revisions.add(key);
      const job = stored.peek(nameOf(key));
      if (job === undefined || revision === undefined || !isUnchanged(job.row, revision)) {
        stored.delete(nameOf(key));
        return undefined;
      }
      job.row.backlog = revision.backlog;
      job.row.blocked = revision.blocked;
      const position = await positionOf(job.row);
      if (position !== job.position) {
        job.view = renderJob(job.row, retentionDays, position);
        job.position = position;
      }
      return job.view;
    },
  };
}

function nameOf({ tenantId, jobId }: JobKey): string {
  return `${tenantId}:${jobId}`;
}

/**
 * The version rises with each visible change.
 * A claim that a crash of Postgres undid gives its version to the next claim; their times of start differ.
 */
function isUnchanged(row: ReadJob, { version, startedAt }: JobRevision): boolean {
  return row.version === version && row.startedAt === startedAt;
}
