import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, headers, jobPath, needs, parameter } from './shorthand.ts';

const example = `\`\`\`
event: state
id: 1795338000000-0.2
data: {"state":"running","run":1,"attempt":1,"version":2,"progress":null,"error":null}

event: progress
id: 1795338000512-0.3
data: {"percent":40,"message":null,"run":1,"attempt":1,"version":3}
\`\`\``;

export const followJob: JsonSchema = {
  operationId: 'followJob',
  security: needs('jobs:read'),
  summary: 'Follow a job until it is final, as server-sent events',
  description:
    'Events: `state` first, and for every change of it; `progress`; `log`, what the handler logs; `done` at the end, with the job ' +
    `itself as its data. Each has an id. Comments come while nothing happens. A client that knows the end gets 204.\n\n${example}`,
  parameters: [parameter('jobId'), parameter('Last-Event-ID')],
  responses: {
    '200': {
      description: 'The events; the schema is that of their `data`, by their names in this order',
      headers: headers('Cache-Control'),
      content: {
        'text/event-stream': {
          schema: { anyOf: ['StateEvent', 'ProgressEvent', 'LogEvent', 'Job'].map(refTo) },
        },
      },
    },
    '204': { description: 'The job is final, and the client was told: there is nothing to come back for' },
    ...problemResponses([...always, 'job-not-found', 'too-many-streams'], `${jobPath}/events`),
  },
};
