import type { RequestHandler, Response } from 'express';

const message = 'Redis cannot be reached, so there are no queues to show.';

/** Asks Redis before Bull Board does, whose page would stay blank without it. 503 while it is away. */
export function redisGate(answers: () => Promise<boolean>): RequestHandler {
  return async (request, response, next) => {
    if (request.path.startsWith('/static/') || (await answers())) next();
    else sayAway(response.status(503).set({ 'Retry-After': '5', 'Cache-Control': 'no-store' }));
  };
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
