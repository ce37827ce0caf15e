import { z } from 'zod';
import { plan } from './plan.ts';
import { time } from './time.ts';
import { queueNames } from './queue.ts';

const scopes = ['jobs:write', 'jobs:read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const name = z.string().max(100).describe('For people');

/** A key as it is listed: everything but the secret, which nobody knows. */
export const apiKey = z
  .object({
    id: z.string().describe('`key_…`; the key itself begins with `tno_live_` and the rest of this'),
    name,
    scopes: z.array(z.enum(scopes)),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().describe('To the minute'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

/** The only answer that ever shows a key. */
export const madeKey = apiKey.extend({ key: z.string().describe('Shown this once') }).meta({ id: 'MadeKey' });
export type MadeKey = z.infer<typeof madeKey>;

export const newKey = z
  .strictObject({
    name: name.default(''),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
    expiresAt: z.iso.datetime({ offset: true }).nullable().default(null).describe('null: never'),
  })
  .meta({ id: 'NewKey' });
export type NewKey = z.infer<typeof newKey>;

export const tenant = z
  .object({
    id: z.string().describe('A TypeID, `ten_…`'),
    name,
    plan: z.string(),
    createdAt: time,
    disabledAt: time.nullable().describe('Since when its keys open nothing'),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof tenant>;

export const tenantPage = z
  .object({ tenants: z.array(tenant), nextCursor: z.string().nullable().describe('null: that was the last page') })
  .meta({ id: 'TenantPage' });

export const madeTenant = tenant.extend({ firstKey: madeKey }).meta({ id: 'MadeTenant' });
export type MadeTenant = z.infer<typeof madeTenant>;

const planName = plan.shape.name;

export const newTenant = z
  .strictObject({ name: name.min(1), plan: planName.default('free') })
  .meta({ id: 'NewTenant' });
export type NewTenant = z.infer<typeof newTenant>;

export const tenantChange = z
  .strictObject({
    name: name.min(1).optional(),
    plan: planName.optional(),
    disabled: z.boolean().optional().describe('true: its keys open nothing; false: they do again'),
  })
  .meta({ id: 'TenantChange' });
export type TenantChange = z.infer<typeof tenantChange>;

const fillSecondsMax = 31 * 86_400;

function secondsToFill(capacity: number | null, refillPerSecond: number | null): number {
  return capacity === null || refillPerSecond === null ? 0 : capacity / refillPerSecond;
}

/** What `PUT /v1/plans/{plan}` takes: every limit, since one that is left out could mean anything. */
export const planLimits = z
  .strictObject(plan.omit({ name: true }).shape)
  .refine((limits) => (limits.bucketCapacity === null) === (limits.refillPerSecond === null), {
    path: ['refillPerSecond'],
    error: 'goes together with bucketCapacity: both are numbers or both are null',
  })
  .refine(({ bucketCapacity, refillPerSecond }) => secondsToFill(bucketCapacity, refillPerSecond) <= fillSecondsMax, {
    path: ['refillPerSecond'],
    error: 'must fill the bucket within 31 days; requestsPerMonthMax is for longer times',
  })
  .meta({ id: 'PlanLimits' });
export type PlanLimits = z.infer<typeof planLimits>;

export const usage = z
  .object({
    plan,
    month: z.string().describe('`2026-11`, UTC'),
    requests: z
      .object({ used: z.int(), max: z.int().nullable(), resetsAt: time })
      .describe('With any valid key; a few seconds behind'),
    bucket: z
      .object({ capacity: z.int(), refillPerSecond: z.number() })
      .nullable()
      .describe('Of each key; what is left of it stands in the header `RateLimit` of every answer'),
    jobs: z.object({
      waiting: z.int().describe('Queued, scheduled or between two attempts'),
      waitingMax: z.int().nullable(),
      running: z.int(),
      concurrentRunsMax: z.int().nullable(),
    }),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof usage>;

export const queueState = z
  .object({
    name: z.enum(queueNames),
    paused: z.boolean(),
    pausedKinds: z.array(z.string()).describe('Kinds of this queue that are paused, whether it is or not'),
    counts: z
      .object({
        queued: z.int().describe('Including those blocked'),
        blocked: z.int().describe('Queued, and waiting until their tenants may run one more'),
        scheduled: z.int(),
        retrying: z.int(),
        running: z.int(),
      })
      .describe('Jobs of all tenants that are not over; those that are over are not counted'),
    oldestQueuedSeconds: z.number().nullable().describe('Since the longest waiting queued job became due'),
  })
  .meta({ id: 'Queue' });
export type QueueState = z.infer<typeof queueState>;
