import { isFinal } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import { jobEtag } from '../../http/response/etag.ts';

/** The request headers that an answer depends on, as `Vary` names them. */
export const jobVary = 'Authorization, Prefer, Accept-Encoding';

/** What the headers take from a job. A job in memory is parsed once for all its polls. */
interface Tags {
  etag: string;
  expiresAtMs: number;
}

const tagsOfViews = new WeakMap<JobView, Tags>();

function tagsOf(view: JobView): Tags {
  let tags = tagsOfViews.get(view);
  if (tags === undefined) {
    tags = { etag: jobEtag(view), expiresAtMs: Date.parse(view.expiresAt) };
    tagsOfViews.set(view, tags);
  }
  return tags;
}

/**
 * Builds the headers of a job as it is now.
 * A completed job never changes, so caches may keep it for up to `cacheSeconds`.
 */
export function jobHeaders(view: JobView, cacheSeconds: number): Record<string, string | undefined> & { ETag: string } {
  if (view.state !== 'completed') {
    const ETag = jobEtag(view);
    return { ETag, 'Cache-Control': 'private, no-cache', Vary: jobVary, 'Retry-After': retryAfter(view) };
  }
  const { etag, expiresAtMs } = tagsOf(view);
  return { ETag: etag, 'Cache-Control': completedCacheControl(expiresAtMs, cacheSeconds), Vary: jobVary };
}

/** Returns the seconds until a poll is worth it, undefined once the job is final. */
export function retryAfterSeconds(view: JobView): number | undefined {
  if (isFinal(view.state)) return undefined;
  const isWaiting = view.state === 'scheduled' || view.state === 'retrying';
  const dueInMs = isWaiting ? Date.parse(view.runAt) - Date.now() : 0;
  return Math.max(1, Math.ceil(dueInMs / 1_000));
}

export function retryAfter(view: JobView): string | undefined {
  return retryAfterSeconds(view)?.toString();
}

/** Builds the headers of a job that was just changed. */
export function changedHeaders(view: JobView): Record<string, string> {
  return {
    'Content-Location': `/v1/jobs/${view.id}`,
    ETag: jobEtag(view),
    'Cache-Control': 'no-store',
    Vary: jobVary,
  };
}

/** Ends before the job expires: it may be erased from then on. */
function completedCacheControl(expiresAtMs: number, cacheSeconds: number): string {
  const leftSeconds = Math.floor((expiresAtMs - Date.now()) / 1_000);
  return `private, max-age=${Math.max(0, Math.min(cacheSeconds, leftSeconds))}`;
}
