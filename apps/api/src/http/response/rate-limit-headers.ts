import type { RateLimitStatus } from '@turno/tenants';

/**
 * Adds the status of a bucket to the RateLimit headers (IETF draft).
 * `q` is the capacity, `w` the seconds in which an empty bucket fills, `r` the tokens left, `t` the seconds until the
 * bucket is full. Several buckets form one list.
 */
export function addRateLimit(headers: Record<string, string>, name: string, status: RateLimitStatus): void {
  const { limit, left, fullInMs } = status;
  append(headers, 'RateLimit-Policy', `"${name}";${termsOf(limit)}`);
  append(headers, 'RateLimit', `"${name}";r=${left};t=${Math.ceil(fullInMs / 1_000)}`);
}

/** A cache: the terms are the same for every request of a plan. */
const terms = new WeakMap<RateLimitStatus['limit'], string>();

function termsOf(limit: RateLimitStatus['limit']): string {
  let text = terms.get(limit);
  if (text === undefined) {
    text = `q=${limit.capacity};w=${Math.ceil(limit.capacity / limit.refillPerSecond)}`;
    terms.set(limit, text);
  }
  return text;
}

function append(headers: Record<string, string>, name: string, item: string): void {
  const earlier = headers[name];
  headers[name] = earlier === undefined ? item : `${earlier}, ${item}`;
}
