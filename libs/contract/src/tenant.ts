import { z } from 'zod';
import { plan } from './plan.ts';
import { queueNames } from './queue.ts';
import { shownText } from './shown-text.ts';
import { inputTime, time } from './time.ts';

const scopes = ['jobs:write', 'jobs:read', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const name = z.string().max(100).describe('A name for people');
const newName = shownText(100).describe('A name for people; no control characters, also none of the direction');

/** An API key in a list. The secret is not stored anywhere, so that no answer can show it again. */
export const apiKey = z
  .object({
    id: z.string().describe('`key_…`; the key itself begins with `tno_live_` and the rest of this id'),
    name,
    scopes: z.array(z.enum(scopes)),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable().describe('Exact to the minute'),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKey>;

/** A new API key: the only answer that contains the key itself. */
export const madeKey = apiKey
  .extend({ key: z.string().describe('The key itself, shown only in this answer') })
  .meta({ id: 'MadeKey' });
export type MadeKey = z.infer<typeof madeKey>;

export const newKey = z
  .strictObject({
    name: newName.default(''),
    scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
    expiresAt: inputTime.nullable().default(null).describe('null: the key never expires'),
  })
  .meta({ id: 'NewKey' });
export type NewKey = z.infer<typeof newKey>;

export const tenant = z
  .object({
    id: z.string().describe('A TypeID, `ten_…`'),
    name,
    plan: z.string(),
    createdAt: time,
    disabledAt: time.nullable().describe('Since when all its keys are rejected; null: the tenant is enabled'),
    deletedAt: time.nullable().describe('Since when the tenant is deleted, for good; null: it is not'),
  })
  .meta({ id: 'Tenant' });
export type Tenant = z.infer<typeof tenant>;

export const tenantPage = z
  .object({ tenants: z.array(tenant), nextCursor: z.string().nullable().describe('null on the last page') })
  .meta({ id: 'TenantPage' });

export const madeTenant = tenant.extend({ firstKey: madeKey }).meta({ id: 'MadeTenant' });
export type MadeTenant = z.infer<typeof madeTenant>;

const planName = plan.shape.name;

export const newTenant = z
  .strictObject({ name: newName.min(1), plan: planName.default('free') })
  .meta({ id: 'NewTenant' });
export type NewTenant = z.infer<typeof newTenant>;

export const tenantChange = z
  .strictObject({
    name: newName.min(1).optional(),
    plan: planName.optional(),
    disabled: z.boolean().optional().describe('true: its keys are rejected; false: they are accepted again'),
  })
  .meta({ id: 'TenantChange' });
export type TenantChange = z.infer<typeof tenantChange>;

const fillSecondsMax = 31 * 86_400;

function fillSeconds(capacity: number | null, refillPerSecond: number | null): number {
  return capacity === null || refillPerSecond === null ? 0 : capacity / refillPerSecond;
}

/**
 * The body of `PUT /v1/plans/{plan}`.
 * A limit is required: a missing one could mean "no limit" or "unchanged". Only `storageBytesMax` came later, and has a
 * default.
 */
export const planLimits = z
  .strictObject(plan.omit({ name: true }).shape)
  .refine((limits) => (limits.bucketCapacity === null) === (limits.refillPerSecond === null), {
    path: ['refillPerSecond'],
    error: 'must be a number when bucketCapacity is one, and null when it is null',
  })
  .refine(({ bucketCapacity, refillPerSecond }) => fillSeconds(bucketCapacity, refillPerSecond) <= fillSecondsMax, {
    path: ['refillPerSecond'],
    error: 'must fill the bucket within 31 days; use requestsPerMonthMax for longer periods',
  })
  .meta({ id: 'PlanLimits' });
export type PlanLimits = z.infer<typeof planLimits>;
/** The same as it is sent: a limit with a default may be left out. */
export type SentPlanLimits = z.input<typeof planLimits>;

export const usage = z
  .object({
    plan,
    month: z.string().describe('`2026-11`, UTC'),
    requests: z
      .object({ used: z.int(), max: z.int().nullable(), resetsAt: time })
      .describe('Requests of this month with any valid key, a few seconds late'),
    bucket: z
      .object({ capacity: z.int(), refillPerSecond: z.number() })
      .nullable()
      .describe('The token bucket of each key; the header `RateLimit` of every answer has the tokens left'),
    jobs: z.object({
      waiting: z.int().describe('Queued, scheduled, or retrying between two attempts'),
      waitingMax: z.int().nullable(),
      running: z.int(),
      concurrentRunsMax: z.int().nullable(),
    }),
    storage: z
      .object({
        bytes: z.int().describe('Of files that are stored, and of those that an upload address promises'),
        bytesMax: z.int().nullable(),
        deletedBytes: z
          .int()
          .describe('Of deleted files whose bytes are not erased yet or may still arrive, within an hour'),
      })
      .describe('A new file needs room for `bytes`, and for both sums within twice `bytesMax`'),
  })
  .meta({ id: 'Usage' });
export type Usage = z.infer<typeof usage>;

export const queueState = z
  .object({
    name: z.enum(queueNames),
    paused: z.boolean(),
    pausedKinds: z.array(z.string()).describe('The paused kinds of this queue, also while the queue itself is paused'),
    counts: z
      .object({
        queued: z.int().describe('Blocked jobs included'),
        blocked: z.int().describe('Queued jobs whose tenants are at their limit of concurrent runs'),
        scheduled: z.int(),
        retrying: z.int(),
        running: z.int(),
      })
      .describe('Unfinished jobs of all tenants'),
    oldestQueuedSeconds: z.number().nullable().describe('Seconds since the oldest queued job became due'),
  })
  .meta({ id: 'Queue' });
export type QueueState = z.infer<typeof queueState>;
