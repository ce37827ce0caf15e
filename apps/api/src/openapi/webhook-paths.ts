import type { Delivery, Endpoint, ProblemCode, Scope } from '@turno/contract';
import { exampleJobId } from './example-job.ts';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, json, needs, parameter } from './shorthand.ts';

const exampleEndpointId = 'ep_01kb6w2v9ve9f8m5q3c7t1zxyh';
const exampleDeliveryId = 'dlv_01kb6w2v9ve9f8m5q3c7t1zxyh';

const exampleEndpoint: Endpoint = {
  id: exampleEndpointId,
  url: 'https://example.com/turno',
  events: ['job.completed', 'job.failed'],
  createdAt: '2026-11-22T09:00:00.000Z',
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
};
const secret = `whsec_${'C2FVsBQIhrscChlQIMV+b5sSYspob7oD'.slice(0, 32)}`;
const exampleDelivery: Delivery = {
  id: exampleDeliveryId,
  job: exampleJobId,
  run: 1,
  event: 'job.completed',
  endpoint: exampleEndpointId,
  url: exampleEndpoint.url,
  state: 'pending',
  reason: null,
  createdAt: '2026-11-22T09:00:03.000Z',
  nextTryAt: '2026-11-22T09:00:08.120Z',
  finishedAt: null,
  attempts: [
    { startedAt: '2026-11-22T09:00:03.050Z', durationMs: 81, status: 500, error: 'http-status', response: 'oops' },
  ],
};

const endpointPath = `/v1/endpoints/${exampleEndpointId}`;
const deliveryPath = `/v1/deliveries/${exampleDeliveryId}`;
const withSecret = {
  allOf: [refTo('Endpoint'), { type: 'object', properties: { secret: { type: 'string' } }, required: ['secret'] }],
};
const object = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});

export const webhookPaths: Record<string, JsonSchema> = {
  '/v1/endpoints': {
    get: {
      operationId: 'listEndpoints',
      security: needs('jobs:read'),
      summary: 'List the endpoints that hear of jobs',
      responses: {
        '200': {
          description: 'All of them, oldest first',
          content: json(object({ endpoints: { type: 'array', items: refTo('Endpoint') } })),
        },
        ...problemResponses(always, '/v1/endpoints'),
      },
    },
    post: {
      operationId: 'registerEndpoint',
      security: needs('admin'),
      summary: 'Register an endpoint to hear of jobs by webhook (Standard Webhooks 1.0.0)',
      requestBody: {
        required: true,
        content: json(refTo('EndpointRequest'), {
          example: { url: exampleEndpoint.url, events: exampleEndpoint.events },
        }),
      },
      responses: {
        '201': {
          description: 'Registered; the secret is shown this once',
          headers: headers('Location'),
          content: json(withSecret, { example: { ...exampleEndpoint, secret } }),
        },
        ...problemResponses([...always, ...bodyRefusals, 'too-many-endpoints'], '/v1/endpoints'),
      },
    },
  },
  '/v1/endpoints/{endpointId}': {
    get: onEndpoint('readEndpoint', 'Read an endpoint', { scope: 'jobs:read' }),
    patch: {
      ...onEndpoint('changeEndpoint', 'Change an endpoint; what waits for it goes to the new URL', {
        more: bodyRefusals,
      }),
      requestBody: { required: true, content: json(refTo('EndpointPatch'), { example: { disabled: false } }) },
    },
    delete: {
      operationId: 'deleteEndpoint',
      security: needs('admin'),
      summary: 'Delete an endpoint; what still waits for it is not delivered',
      parameters: [parameter('endpointId')],
      responses: {
        '204': { description: 'Gone' },
        ...problemResponses([...always, 'endpoint-not-found'], endpointPath),
      },
    },
  },
  '/v1/endpoints/{endpointId}/rotate-secret': {
    post: {
      operationId: 'rotateSecret',
      security: needs('admin'),
      summary:
        'Make a new signing secret; for 24 hours the old one signs as well. `jobs` stands for the URLs that single jobs name',
      parameters: [parameter('endpointId')],
      responses: {
        '200': {
          description: 'The secret, shown this once',
          content: json(refTo('SigningSecret'), { example: { secret, previousUntil: '2026-11-23T09:00:00.000Z' } }),
        },
        ...problemResponses([...always, 'endpoint-not-found'], `${endpointPath}/rotate-secret`),
      },
    },
  },
  '/v1/endpoints/{endpointId}/redeliver': {
    post: {
      operationId: 'redeliverSince',
      security: needs('jobs:write'),
      summary: 'Send again all that this endpoint never got, of the events since a time',
      parameters: [parameter('endpointId')],
      requestBody: {
        required: true,
        content: json(refTo('RedeliverRequest'), { example: { since: '2026-11-22T00:00:00Z' } }),
      },
      responses: {
        '202': {
          description: 'How many are sent again',
          content: json(object({ count: { type: 'integer' } }), { example: { count: 12 } }),
        },
        ...problemResponses(
          [...always, ...bodyRefusals, 'endpoint-not-found', 'endpoint-disabled'],
          `${endpointPath}/redeliver`,
        ),
      },
    },
  },
  '/v1/deliveries': {
    get: {
      operationId: 'listDeliveries',
      security: needs('jobs:read'),
      summary: 'List deliveries, newest first, with every attempt',
      parameters: ['job', 'endpoint', 'deliveryState', 'cursor', 'limit'].map(parameter),
      responses: {
        '200': {
          description: 'A page; the next one by its cursor',
          content: json(
            object({
              deliveries: { type: 'array', items: refTo('Delivery') },
              nextCursor: { type: ['string', 'null'] },
            }),
            { example: { deliveries: [exampleDelivery], nextCursor: null } },
          ),
        },
        ...problemResponses([...always, 'invalid-request'], '/v1/deliveries'),
      },
    },
  },
  '/v1/deliveries/{deliveryId}': {
    get: {
      operationId: 'readDelivery',
      security: needs('jobs:read'),
      summary: 'Read a delivery',
      parameters: [parameter('deliveryId')],
      responses: {
        '200': { description: 'The delivery', content: json(refTo('Delivery'), { example: exampleDelivery }) },
        ...problemResponses([...always, 'delivery-not-found'], deliveryPath),
      },
    },
  },
  '/v1/deliveries/{deliveryId}/redeliver': {
    post: {
      operationId: 'redeliver',
      security: needs('jobs:write'),
      summary: 'Send a delivery again: the same id and body, all tries anew',
      parameters: [parameter('deliveryId')],
      responses: {
        '202': { description: 'The delivery, pending', content: json(refTo('Delivery'), { example: exampleDelivery }) },
        ...problemResponses(
          [...always, 'delivery-not-found', 'delivery-not-redeliverable'],
          `${deliveryPath}/redeliver`,
        ),
      },
    },
  },
};

function onEndpoint(
  operationId: string,
  summary: string,
  { scope = 'admin', more = [] }: { scope?: Scope; more?: ProblemCode[] },
): JsonSchema {
  return {
    operationId,
    security: needs(scope),
    summary,
    parameters: [parameter('endpointId')],
    responses: {
      '200': { description: 'The endpoint', content: json(refTo('Endpoint'), { example: exampleEndpoint }) },
      ...problemResponses([...always, ...more, 'endpoint-not-found'], endpointPath),
    },
  };
}
