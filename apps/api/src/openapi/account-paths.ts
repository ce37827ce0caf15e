import type { ApiKey, MadeKey, Plan, ProblemCode, QueueState, Scope, Tenant, Usage } from '@turno/contract';
import { problemResponses } from './problem-responses.ts';
import { refTo, type JsonSchema } from './schemas.ts';
import { always, bodyRefusals, headers, json, needs, parameter } from './shorthand.ts';

const createdAt = '2026-11-22T09:00:00.000Z';
const key: ApiKey = {
  id: 'key_8sLk2mQx7Rt4Vb9Z',
  name: 'nightly import',
  scopes: ['jobs:write', 'jobs:read'],
  createdAt,
  expiresAt: null,
  lastUsedAt: '2026-11-22T11:30:00.000Z',
};
const madeKey: MadeKey = { ...key, lastUsedAt: null, key: 'tno_live_8sLk2mQx7Rt4Vb9Z_…' };
const tenant: Tenant = {
  id: 'ten_01jd9zq3k5e8xv6m2n4p7r9t1w',
  name: 'Acme',
  plan: 'free',
  createdAt,
  disabledAt: null,
};
const plan: Plan = {
  name: 'free',
  bucketCapacity: 60,
  refillPerSecond: 1,
  requestsPerMonthMax: 10_000,
  jobsWaitingMax: 1_000,
  payloadBytesMax: 262_144,
  concurrentRunsMax: 2,
};
const usage: Usage = {
  plan,
  month: '2026-11',
  requests: { used: 1_234, max: 10_000, resetsAt: '2026-12-01T00:00:00.000Z' },
  bucket: { capacity: 60, refillPerSecond: 1 },
  jobs: { waiting: 3, waitingMax: 1_000, running: 2, concurrentRunsMax: 2 },
};
const queue: QueueState = {
  name: 'cpu',
  paused: false,
  pausedKinds: ['math.sum-of-squares'],
  counts: { queued: 120, blocked: 20, scheduled: 4, retrying: 1, running: 3 },
  oldestQueuedSeconds: 12.5,
};

const operatorOnly = 'only for a key of the first tenant';

interface Call {
  operationId: string;
  summary: string;
  scope?: Scope;
  /** Parameters of the path or the query. */
  given?: string[];
  /** Name of the schema of the body, and a body that works. */
  body?: [string, unknown];
  answers: JsonSchema;
  refusals?: ProblemCode[];
  instance: string;
}

function call({ operationId, summary, scope = 'admin', given = [], body, answers, refusals = [], instance }: Call) {
  return {
    operationId,
    security: needs(scope),
    summary,
    ...(given.length > 0 && { parameters: given.map(parameter) }),
    ...(body && { requestBody: { required: true, content: json(refTo(body[0]), { example: body[1] }) } }),
    responses: { ...answers, ...problemResponses([...always, ...(body ? bodyRefusals : []), ...refusals], instance) },
  };
}

const shown = (description: string, schema: JsonSchema, example: unknown): JsonSchema => ({
  description,
  content: json(schema, { example }),
});
const listOf = (name: string, item: string): JsonSchema => ({
  type: 'object',
  properties: { [name]: { type: 'array', items: refTo(item) } },
  required: [name],
});

export const accountPaths: Record<string, JsonSchema> = {
  '/v1/usage': {
    get: call({
      operationId: 'readUsage',
      summary: 'The plan, and what is used of it; not counted as a request of the month',
      scope: 'jobs:read',
      answers: { '200': shown('As this process knows it', refTo('Usage'), usage) },
      instance: '/v1/usage',
    }),
  },
  '/v1/keys': {
    get: call({
      operationId: 'listKeys',
      summary: 'List the keys of this tenant that were not revoked',
      answers: { '200': shown('Without their secrets', listOf('keys', 'ApiKey'), { keys: [key] }) },
      instance: '/v1/keys',
    }),
    post: call({
      operationId: 'createKey',
      summary: 'Make a key of this tenant',
      body: ['NewKey', { name: key.name, scopes: key.scopes }],
      answers: { '201': shown('The key, shown this once', refTo('MadeKey'), madeKey) },
      refusals: ['too-many-keys'],
      instance: '/v1/keys',
    }),
  },
  '/v1/keys/{keyId}': {
    delete: call({
      operationId: 'revokeKey',
      summary: 'Revoke a key for good; it is refused everywhere within five seconds',
      given: ['keyId'],
      answers: { '204': { description: 'Revoked' } },
      refusals: ['key-not-found', 'last-admin-key'],
      instance: `/v1/keys/${key.id}`,
    }),
  },
  '/v1/tenants': {
    get: call({
      operationId: 'listTenants',
      summary: `List the tenants, ${operatorOnly}`,
      given: ['cursor'],
      answers: {
        '200': shown('A hundred at most', refTo('TenantPage'), { tenants: [tenant], nextCursor: null }),
      },
      refusals: ['invalid-request'],
      instance: '/v1/tenants',
    }),
    post: call({
      operationId: 'createTenant',
      summary: `Make a tenant and its first key, ${operatorOnly}`,
      body: ['NewTenant', { name: 'Acme', plan: 'free' }],
      answers: {
        '201': {
          ...shown('The tenant; its key is shown this once', refTo('MadeTenant'), { ...tenant, firstKey: madeKey }),
          headers: headers('Location'),
        },
      },
      instance: '/v1/tenants',
    }),
  },
  '/v1/tenants/{tenantId}': {
    get: call({
      operationId: 'readTenant',
      summary: `Read a tenant, ${operatorOnly}`,
      given: ['tenantId'],
      answers: { '200': shown('The tenant', refTo('Tenant'), tenant) },
      refusals: ['tenant-not-found'],
      instance: `/v1/tenants/${tenant.id}`,
    }),
    patch: call({
      operationId: 'changeTenant',
      summary: `Change the name or the plan of a tenant, disable or enable it, ${operatorOnly}`,
      given: ['tenantId'],
      body: ['TenantChange', { plan: 'pro' }],
      answers: { '200': shown('Felt by every process within five seconds', refTo('Tenant'), tenant) },
      refusals: ['tenant-not-found', 'first-tenant'],
      instance: `/v1/tenants/${tenant.id}`,
    }),
    delete: call({
      operationId: 'disableTenant',
      summary: `Disable a tenant: its keys open nothing, its jobs stay; ${operatorOnly}`,
      given: ['tenantId'],
      answers: { '204': { description: 'Disabled; `PATCH` enables it again' } },
      refusals: ['tenant-not-found', 'first-tenant'],
      instance: `/v1/tenants/${tenant.id}`,
    }),
  },
  '/v1/tenants/{tenantId}/keys': {
    post: call({
      operationId: 'createTenantKey',
      summary: `Make a key of any tenant, ${operatorOnly}`,
      given: ['tenantId'],
      body: ['NewKey', { name: 'way back', scopes: ['admin'] }],
      answers: { '201': shown('The key, shown this once', refTo('MadeKey'), madeKey) },
      refusals: ['tenant-not-found'],
      instance: `/v1/tenants/${tenant.id}/keys`,
    }),
  },
  '/v1/plans': {
    get: call({
      operationId: 'listPlans',
      summary: `List the plans, ${operatorOnly}`,
      answers: { '200': shown('All of them', listOf('plans', 'Plan'), { plans: [plan] }) },
      instance: '/v1/plans',
    }),
  },
  '/v1/plans/{plan}': {
    put: call({
      operationId: 'putPlan',
      summary: `Make a plan or change its limits, ${operatorOnly}`,
      given: ['plan'],
      body: ['PlanLimits', { ...plan, name: undefined }],
      answers: {
        '200': shown('Changed; felt by every process within five seconds', refTo('Plan'), plan),
        '201': shown('Made', refTo('Plan'), plan),
      },
      instance: '/v1/plans/free',
    }),
  },
  '/v1/queues': {
    get: call({
      operationId: 'listQueues',
      summary: `What the queues hold of jobs that are not over, of all tenants; ${operatorOnly}`,
      answers: { '200': shown('Both queues', listOf('queues', 'Queue'), { queues: [queue] }) },
      instance: '/v1/queues',
    }),
  },
};
