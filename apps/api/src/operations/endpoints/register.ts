import { endpoint, endpointRequest } from '@turno/contract';
import { registerEndpoint as register } from '@turno/webhooks';
import { z } from 'zod';
import { parseBody } from '../../http/request/parse-body.ts';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import type { Operation, SentBody } from '../operation.ts';
import { exampleEndpoint, exampleSecret } from './example-endpoint.ts';

const body: SentBody<typeof endpointRequest> = {
  schema: endpointRequest,
  example: { url: exampleEndpoint.url, events: exampleEndpoint.events },
};

/** For admins: an endpoint receives the events of all jobs; a single job's writer names an address for that job. */
export const registerEndpoint: Operation<Pick<OperationDeps, 'webhooks'>> = {
  method: 'post',
  path: '/v1/endpoints',
  scope: 'admin',
  operationId: 'registerEndpoint',
  summary: 'Register an endpoint to receive the events of jobs by webhook (Standard Webhooks 1.0.0)',
  request: { body },
  responses: {
    201: {
      description: 'Registered; the secret is shown this once',
      content: {
        schema: endpoint.extend({ secret: z.string() }),
        example: { ...exampleEndpoint, secret: exampleSecret },
      },
      headers: ['Location'],
    },
  },
  problems: ['too-many-endpoints'],
  async run({ webhooks }, { caller, req }) {
    const made = await register(webhooks, caller.tenantId, await parseBody(req, body));
    return jsonAnswer(201, made, { Location: `/v1/endpoints/${made.id}` });
  },
};
