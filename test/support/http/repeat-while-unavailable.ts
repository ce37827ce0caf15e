import { setTimeout as delay } from 'node:timers/promises';

const limitMs = 60_000;

/**
 * Sends a request until its answer is not a 503, or for a minute, and returns the last answer. A 503 is a right answer of a slow
 * Postgres and leaves open whether the job exists: a submit must carry an `Idempotency-Key`.
 */
export async function repeatWhile503(send: () => Promise<Response>): Promise<Response> {
  const until = performance.now() + limitMs;
  for (;;) {
    const response = await send();
    if (response.status !== 503 || performance.now() > until) return response;
    await response.arrayBuffer();
    await delay(Number(response.headers.get('retry-after') ?? 1) * 1_000);
  }
}
