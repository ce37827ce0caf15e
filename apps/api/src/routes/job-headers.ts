import { isFinal } from '@turno/contract';
import type { JobView } from '@turno/jobs';
import { jobEtag } from '../http/response/etag.ts';

/** What an answer depends on besides its address. */
export const jobVary = 'Authorization, Prefer, Accept-Encoding';

/** The headers of a job as it is now. A completed job never changes, so it may be kept for up to `cacheSeconds`. */
export function jobHeaders(view: JobView, cacheSeconds: number): Record<string, string | undefined> {
  return {
    ETag: jobEtag(view),
    'Cache-Control': view.state === 'completed' ? completedCacheControl(view, cacheSeconds) : 'private, no-cache',
    Vary: jobVary,
    'Retry-After': retryAfter(view),
  };
}

/** Seconds until a poll is worth it, undefined once the job is final. */
export function retryAfterSeconds(view: JobView): number | undefined {
  if (isFinal(view.state)) return undefined;
  const isWaiting = view.state === 'scheduled' || view.state === 'retrying';
  const dueInMs = isWaiting ? Date.parse(view.runAt) - Date.now() : 0;
  return Math.max(1, Math.ceil(dueInMs / 1_000));
}

export function retryAfter(view: JobView): string | undefined {
  return retryAfterSeconds(view)?.toString();
}

/** Never beyond the moment from which the job may be gone. */
function completedCacheControl(view: JobView, cacheSeconds: number): string {
  const leftSeconds = Math.floor((Date.parse(view.expiresAt) - Date.now()) / 1_000);
  return `private, max-age=${Math.max(0, Math.min(cacheSeconds, leftSeconds))}`;
}
