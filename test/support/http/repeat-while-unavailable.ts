import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 60_000;

/**
 * Sends a request until its answer is not the problem `store-unavailable`, or for a minute, and returns the last
 * answer.
 *
 * A slow Postgres makes this answer right, and leaves open whether a submit created its job: it must carry an
 * `Idempotency-Key`. Every other 503 is returned. Redis is never a reason: while only Redis is away, a submit is a 202.
 */
export async function repeatWhileUnavailable(send: () => Promise<Response>): Promise<Response> {
  const until = performance.now() + limitMs;
  for (;;) {
    const response = await send();
    if (!(await isUnavailable(response)) || performance.now() > until) return response;
    await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}

async function isUnavailable(response: Response): Promise<boolean> {
  if (response.status !== 503) return false;
  const { code } = (await response.clone().json()) as { code?: string };
  return code === 'store-unavailable';
}
