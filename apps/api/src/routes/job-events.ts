import { isFinal } from '@turno/contract';
import { followJob, parseEventId, type JobView } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Request, Response } from 'express';
import type { CallerHandler } from '../authenticate.ts';
import { answer } from '../http/response/answer.ts';
import { openEventStream } from '../http/stream/event-stream.ts';
import { longPoll } from '../http/stream/long-poll.ts';
import type { JobRoutesDeps } from './jobs-deps.ts';
import { jobKeyOf, readJob } from './read-or-wait.ts';

/** `GET /v1/jobs/{id}/events`: what happens to the job, until it is final. 204, which ends a standard client, when it knows the end. */
export function jobEventsRoute(deps: JobRoutesDeps): CallerHandler {
  return async ({ tenantId, keyId }, req, res) => {
    const key = jobKeyOf(req, tenantId);
    const view = await readJob(deps, key);
    const lastEventId = req.headers['last-event-id'];
    const after = parseEventId(typeof lastEventId === 'string' ? lastEventId : undefined);
    if (after?.done && after.version === view.version && isFinal(view.state)) {
      return answer(req, res, { status: 204, headers: { 'Cache-Control': 'no-store' } });
    }
    if (req.method === 'HEAD') {
      return answer(req, res, {
        status: 200,
        headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' },
      });
    }
    const leave = deps.streamSlots.take(keyId);
    try {
      await stream(deps, { req, res }, { key, view, after });
    } finally {
      leave();
    }
  };
}

interface From {
  key: JobKey;
  view: JobView;
  after: ReturnType<typeof parseEventId>;
}

async function stream(
  { follow, heartbeatMs, isKeyValid }: JobRoutesDeps,
  { req, res }: { req: Request; res: Response },
  { key, view, after }: From,
): Promise<void> {
  await longPoll(req, async (signal) => {
    const out = openEventStream(req, res, heartbeatMs);
    const stop = () => out.end('the server stops, come back');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop(); // it began while the process was about to stop
    for await (const event of followJob(follow, key, { view, after, signal })) {
      const goesOn = await isKeyValid(req);
      if (signal.aborted) return;
      if (!goesOn) break; // whoever comes back is told why
      await out.send(event);
    }
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) out.end('the end');
  });
}
