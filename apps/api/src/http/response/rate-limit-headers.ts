import type { RateLimitStatus } from '@turno/tenants';

/**
 * Says in the answer how a bucket stands, by the IETF draft of the RateLimit headers: `q` its capacity, `w` seconds in which an empty
 * one fills, `r` what is left, `t` seconds until it is full. Several buckets stand in one list.
 */
export function addRateLimit(headers: Record<string, string>, name: string, standing: RateLimitStatus): void {
  const { limit, left, fullInMs } = standing;
  append(headers, 'RateLimit-Policy', `"${name}";${termsOf(limit)}`);
  append(headers, 'RateLimit', `"${name}";r=${left};t=${Math.ceil(fullInMs / 1_000)}`);
}

/** The same for every request of a plan. */
const terms = new WeakMap<RateLimitStatus['limit'], string>();

function termsOf(limit: RateLimitStatus['limit']): string {
  let known = terms.get(limit);
  if (known === undefined) {
    known = `q=${limit.capacity};w=${Math.ceil(limit.capacity / limit.refillPerSecond)}`;
    terms.set(limit, known);
  }
  return known;
}

function append(headers: Record<string, string>, name: string, item: string): void {
  const held = headers[name];
  headers[name] = held === undefined ? item : `${held}, ${item}`;
}
