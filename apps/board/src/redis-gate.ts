import { setTimeout as delay } from 'node:timers/promises';
import type { openQueues } from '@turno/queue';
import type { RequestHandler, Response } from 'express';

export type Queues = ReturnType<typeof openQueues>['queues'];

const message = 'Redis cannot be reached, so there are no queues to show.';

/** Asks Redis before Bull Board does, whose page would stay blank without it. 503 while it is away. */
export function redisGate(answers: () => Promise<boolean>): RequestHandler {
  return async (request, response, next) => {
    if (request.path.startsWith('/static/') || (await answers())) next();
    else sayAway(response.status(503).set({ 'Retry-After': '5', 'Cache-Control': 'no-store' }));
  };
}

/** One question, answered within a second. */
export async function redisAnswers(queues: Queues): Promise<boolean> {
  const asked = await Promise.allSettled(queues.slice(0, 1).map((queue) => queue.isPaused()));
  return asked.every(({ status }) => status === 'fulfilled');
}

/** Gives a fresh connection the time to come up; returns false when Redis is away all the while. */
export async function redisAnswersWithin(withinMs: number, queues: Queues): Promise<boolean> {
  const until = Date.now() + withinMs;
  while (!(await redisAnswers(queues))) {
    if (Date.now() > until) return false;
    await delay(20);
  }
  return true;
}

function sayAway(response: Response): void {
  response.format({
    html: () => response.set('Refresh', '5').send(awayPage),
    json: () => response.json({ error: message }),
  });
}

const awayPage = `<!DOCTYPE html>
<html lang="en">
<title>Turno: Redis is away</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 36rem; margin: 20vh auto; padding: 0 1rem }</style>
<h1>Redis is away</h1>
<p>${message} No accepted job is lost: Postgres holds them all.</p>
<p>This page looks again every 5 seconds.</p>
</html>
`;
