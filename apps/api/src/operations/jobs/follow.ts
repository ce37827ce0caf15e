import { isFinal, job, logEvent, progressEvent, stateEvent } from '@turno/contract';
import { followJob as follow, parseEventId, type JobView } from '@turno/jobs';
import type { JobKey } from '@turno/postgres';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { openEventStream } from '../../http/stream/event-stream.ts';
import { longPoll } from '../../http/stream/long-poll.ts';
import { emptyAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Call, Operation, Outcome } from '../operation.ts';
import { jobKeyOf, readJobView } from './job-key.ts';

type Deps = Pick<OperationDeps, 'follow' | 'heartbeatMs' | 'isKeyValid' | 'reader' | 'streamSlots'>;

const exampleStream = `\`\`\`
event: state
id: 1795338000000-0.2
data: {"state":"running","run":1,"attempt":1,"version":2,"progress":null,"error":null}

event: progress
id: 1795338000512-0.3
data: {"percent":40,"message":null,"run":1,"attempt":1,"version":3}
\`\`\``;

export const followJob: Operation<Deps> = {
  method: 'get',
  path: '/v1/jobs/{jobId}/events',
  scope: 'jobs:read',
  operationId: 'followJob',
  summary: 'Follow a job until it is final, as server-sent events',
  description:
    'Events: `state` first, and for every change of it; `progress`; `log`, a line that the handler logs; `done` at ' +
    'the end, with the job itself as its data. Each has an id. Comments come while nothing happens. A client ' +
    `that has received the end gets 204.\n\n${exampleStream}`,
  request: { headers: ['Last-Event-ID'] },
  responses: {
    200: {
      description: 'The events; the schema is that of their `data`, by their names in this order',
      content: { schema: z.union([stateEvent, progressEvent, logEvent, job]) },
      contentType: 'text/event-stream',
      headers: ['Cache-Control'],
    },
    204: { description: 'The job is final and the client has its `done` event: nothing more will come' },
  },
  problems: ['job-not-found', 'too-many-streams'],
  run,
};

async function run(deps: Deps, { caller, req, res }: Call): Promise<Outcome> {
  const key = jobKeyOf(req, caller.tenantId);
  const view = await readJobView(deps, key);
  const lastEventId = req.headers['last-event-id'];
  const after = parseEventId(typeof lastEventId === 'string' ? lastEventId : undefined);
  if (after?.done && after.version === view.version && isFinal(view.state)) return emptyAnswer;
  if (req.method === 'HEAD') {
    return { status: 200, headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' } };
  }
  const leave = deps.streamSlots.take(caller.tenantId);
  try {
    await stream(deps, { req, res }, { key, view, after });
  } finally {
    leave();
  }
  return 'streamed';
}

interface From {
  key: JobKey;
  view: JobView;
  after: ReturnType<typeof parseEventId>;
}

async function stream(
  { follow: followDeps, heartbeatMs, isKeyValid }: Deps,
  { req, res }: { req: Request; res: Response },
  { key, view, after }: From,
): Promise<void> {
  await longPoll(req, async (signal) => {
    const out = openEventStream(req, res, heartbeatMs);
    const stop = () => out.end('the server stops, come back');
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop(); // the process began to drain before the stream began
    for await (const event of follow(followDeps, key, { view, after, signal })) {
      const goesOn = await isKeyValid(req);
      if (signal.aborted) return;
      if (!goesOn) break; // the client's next request is answered 401
      await out.send(event);
    }
    signal.removeEventListener('abort', stop);
    if (!signal.aborted) out.end('the end');
  });
}
