import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

export interface StandardRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

const triesMax = 30;

/**
 * An HTTP client that knows the standards and nothing of who answers: it repeats under one Idempotency-Key what was
 * refused for now, waits as long as Retry-After says (RFC 9110), follows the Location of a 202 until no Retry-After is
 * given any more, prefers to wait (RFC 7240), keeps what may be cached and asks again with its ETag (RFC 9111), and
 * throws problem documents (RFC 9457).
 */
export function createStandardClient(base: string, credentials: string) {
  const cached = new Map<string, { etag: string; until: number; body: unknown }>();
  const asked: string[] = [];

  async function send(address: string, { method = 'GET', headers, body }: StandardRequest): Promise<Response> {
    const repeat = method === 'GET' ? {} : { 'idempotency-key': `"${randomUUID()}"` };
    for (let tries = 1; ; tries += 1) {
      const response = await fetch(new URL(address, base), {
        method,
        headers: { authorization: credentials, prefer: 'wait=5', ...repeat, ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      asked.push(`${method} ${response.status}`);
      const retryAfter = response.headers.get('retry-after');
      if (![429, 503].includes(response.status) || retryAfter === null || tries === triesMax) return response;
      await pause(Number(retryAfter) * 1_000);
    }
  }

  async function get(address: string): Promise<unknown> {
    const known = cached.get(address);
    if (known !== undefined && known.until > Date.now()) return known.body;
    for (let tries = 0; tries < triesMax; tries += 1) {
      const headers = known === undefined ? undefined : { 'if-none-match': known.etag };
      const response = await send(address, headers === undefined ? {} : { headers });
      const wait = response.headers.get('retry-after');
      if (response.ok && wait === null) return keep(address, response);
      if (response.status === 304 && known !== undefined) return known.body;
      if (!response.ok && wait === null) throw await problemOf(response);
      await pause(Number(wait) * 1_000);
    }
    throw new Error(`${address} was not ready in time`);
  }

  async function keep(address: string, response: Response): Promise<unknown> {
    const body: unknown = await response.json();
    const etag = response.headers.get('etag');
    const maxAge = /max-age=(\d+)/.exec(response.headers.get('cache-control') ?? '')?.[1] ?? '0';
    if (etag !== null) cached.set(address, { etag, until: Date.now() + Number(maxAge) * 1_000, body });
    return body;
  }

  return {
    /** Method and status of every exchange so far. */
    asked,
    get,
    /** The result of what was asked for, however it comes: at once, or at a Location later. */
    async post(address: string, body: unknown): Promise<unknown> {
      const headers = { 'content-type': 'application/json' };
      const response = await send(address, { method: 'POST', headers, body });
      const location = response.headers.get('location');
      if (response.status === 202 && location !== null) return get(location);
      if (!response.ok) throw await problemOf(response);
      return response.json();
    },
  };
}

async function problemOf(response: Response): Promise<Error> {
  const type = response.headers.get('content-type');
  if (type !== 'application/problem+json') return new Error(`${response.status} as ${type}`);
  const { title, status, detail } = (await response.json()) as { title: string; status: number; detail: string };
  return new Error(`${status} ${title}: ${detail}`);
}
