import { setTimeout as delay } from 'node:timers/promises';
import type { openQueues } from '@turno/queue';
import type { RequestHandler, Response } from 'express';

export type Queues = ReturnType<typeof openQueues>['queues'];

const message = 'Redis does not answer, so no queues can be shown.';

/** Creates the handler that answers 503 while Redis does not answer. Bull Board itself would show a blank page. */
export function requireRedis(isUp: () => Promise<boolean>): RequestHandler {
  return async (request, response, next) => {
    if (request.path.startsWith('/static/') || (await isUp())) next();
    else sendUnavailable(response.status(503).set({ 'Retry-After': '5', 'Cache-Control': 'no-store' }));
  };
}

/** Returns true when Redis answers a command. */
export async function pingRedis(queues: Queues): Promise<boolean> {
  const results = await Promise.allSettled(queues.slice(0, 1).map((queue) => queue.isPaused()));
  return results.every(({ status }) => status === 'fulfilled');
}

/** Waits until Redis answers. Returns false when it does not within `timeoutMs`. */
export async function waitForRedis(queues: Queues, timeoutMs: number, everyMs = 20): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (!(await pingRedis(queues))) {
    if (Date.now() > deadline) return false;
    await delay(everyMs);
  }
  return true;
}

function sendUnavailable(response: Response): void {
  response.format({
    html: () => response.set('Refresh', '5').send(unavailablePage),
    json: () => response.json({ error: message }),
  });
}

const unavailablePage = `<!DOCTYPE html>
<html lang="en">
<title>Turno: Redis is away</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>Redis is away</h1>
<p>${message} No accepted job is lost: all jobs are in Postgres.</p>
<p>This page reloads every 5 seconds.</p>
</html>
`;
