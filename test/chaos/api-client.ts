import type { Fleet } from './fleet.ts';

export interface Answer {
  status: number;
  body: { id?: string; state?: string; run?: number; secret?: string };
  /** From the ETag; undefined where there is none. */
  version: number | undefined;
  /** It is the answer to an earlier request with the same key. */
  replayed: boolean;
}

export interface ApiClient {
  /**
   * Undefined when no answer came: the API was down, cut off, or died with the request in hand, or the run was stopped.
   */
  call(method: string, path: string, more?: { body?: unknown; key?: string }): Promise<Answer | undefined>;
}

const timeoutMs = 10_000;

/** Plain HTTP to whichever API is up; knows nothing of what it asks for. */
export function createApiClient(fleet: Fleet, stopped: AbortSignal): ApiClient {
  return {
    async call(method, path, { body, key } = {}) {
      const base = fleet.api();
      if (base === undefined) return undefined;
      try {
        const response = await fetch(`${base}${path}`, {
          method,
          signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
          headers: {
            authorization: `Bearer ${fleet.key}`,
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
        const text = await response.text();
        const etag = /-(\d+)"$/.exec(response.headers.get('etag') ?? '')?.[1];
        return {
          status: response.status,
          body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : {},
          version: etag === undefined ? undefined : Number(etag),
          replayed: response.headers.get('idempotency-replayed') === 'true',
        };
      } catch {
        return undefined;
      }
    },
  };
}
