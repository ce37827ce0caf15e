import { isFinal } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import { jobEtag } from '../../http/response/etag.ts';

/** The request headers that an answer depends on, as `Vary` names them. */
export const jobVary = 'Authorization, Prefer, Accept-Encoding';

/**
 * Builds the headers of a job as it is now.
 * A completed job never changes, so caches may keep it for up to `cacheSeconds`.
 */
export function jobHeaders(view: JobView, cacheSeconds: number): Record<string, string | undefined> {
  return {
    ETag: jobEtag(view),
    'Cache-Control': view.state === 'completed' ? completedCacheControl(view, cacheSeconds) : 'private, no-cache',
    Vary: jobVary,
    'Retry-After': retryAfter(view),
  };
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
function completedCacheControl(view: JobView, cacheSeconds: number): string {
  const leftSeconds = Math.floor((Date.parse(view.expiresAt) - Date.now()) / 1_000);
  return `private, max-age=${Math.max(0, Math.min(cacheSeconds, leftSeconds))}`;
}
