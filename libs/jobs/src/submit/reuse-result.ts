import { isFinal } from '@turno/contract';
import {
  addReceiver,
  findKeyHolder,
  findReusableResult,
  type FoundReusableResult,
  linkIdempotencyKey,
  type NewReusableResult,
  type Postgres,
  type RequestKey,
  takesReceiver,
  type Taken,
  withRequestTimeout,
} from '@turno/postgres';
import type { VettedWebhooks } from '@turno/webhooks';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { ReusableWork } from './reusable-work.ts';

export interface ReuseDeps {
  sql: Postgres['sql'];
  reader: Pick<JobReader, 'read'>;
  /** Receivers that one shared job may have. */
  receiversMax: number;
}

/**
 * How a submit that may share its result got its job: a completed result, a job under way, or a new
 * job.
 */
export type Sharing = { how: 'hit'; ageSeconds: number } | { how: 'coalesced' } | { how: 'made' };

export interface ReuseCall {
  tenantId: string;
  key: RequestKey | undefined;
  work: ReusableWork;
  /** Of one job. */
  webhooks: VettedWebhooks;
}

/**
 * `none`: the submit needs a new job, which `reusable` offers to later ones.
 * `conflict`: the job was erased meanwhile.
 */
export type Reuse =
  | Taken
  | { outcome: 'reused'; view: JobView; sharing: Sharing }
  | { outcome: 'none'; reusable: NewReusableResult }
  | { outcome: 'conflict' };

/**
 * Finds a job whose result a submit can use, links the submit's key to it and adds the submit's
 * receiver. A fresh completed result comes first, then a job under way; failed and cancelled jobs are never reused. A
 * job with `receiversMax` receivers is not reused by a submit that has one of its own.
 */
export async function reuseResult(
  { sql, reader, receiversMax }: ReuseDeps,
  { tenantId, key, work, webhooks }: ReuseCall,
): Promise<Reuse> {
  const { workSha256, freshSeconds } = work;
  const latest = await withRequestTimeout(findReusableResult(sql, { tenantId, workSha256 }));
  const offer = {
    workSha256,
    replaces: latest?.jobId ?? null,
    earlierJobId: (latest && newestCompleted(latest)) ?? null,
  };
  const reusable = latest && chooseReusable(latest, freshSeconds);
  if (reusable === undefined) return { outcome: 'none', reusable: offer };
  const { jobId, sharing } = reusable;
  if (webhooks.count > 0) {
    // A replay adds no receiver, and a key must not name a job whose end its request is not notified of.
    const earlier = key && (await withRequestTimeout(findKeyHolder(sql, { tenantId, key })));
    if (earlier !== undefined) return earlier;
    // The job that is made instead may be refused: then no row of a new origin may be left.
    if (webhooks.hasNew && !(await withRequestTimeout(takesReceiver(sql, jobId, receiversMax))))
      return { outcome: 'none', reusable: offer };
    const [webhook] = await webhooks.register();
    const added = webhook && (await withRequestTimeout(addReceiver(sql, { jobId, webhook }, receiversMax)));
    if (!added) return { outcome: 'none', reusable: offer };
  }
  const taken = key && (await withRequestTimeout(linkIdempotencyKey(sql, { tenantId, key, jobId })));
  if (taken !== undefined) return taken;
  const view = await reader.read(tenantId, jobId);
  return view === undefined ? { outcome: 'conflict' } : { outcome: 'reused', view, sharing };
}

interface Reusable {
  jobId: string;
  sharing: Sharing;
}

function chooseReusable(latest: FoundReusableResult, freshSeconds: number): Reusable | undefined {
  const fresh = completedOf(latest).find(({ ageSeconds }) => ageSeconds <= freshSeconds);
  if (fresh !== undefined) return { jobId: fresh.jobId, sharing: { how: 'hit', ageSeconds: fresh.ageSeconds } };
  const { jobId, state } = latest;
  return state !== null && !isFinal(state) ? { jobId, sharing: { how: 'coalesced' } } : undefined;
}

function newestCompleted(latest: FoundReusableResult): string | undefined {
  return completedOf(latest)[0]?.jobId;
}

/** Returns the completed jobs of a piece of work, the newest first. */
function completedOf({ jobId, state, ageSeconds, earlier }: FoundReusableResult) {
  const latest = state === 'completed' && ageSeconds !== null ? [{ jobId, ageSeconds }] : [];
  return [...latest, ...(earlier === null ? [] : [earlier])];
}
