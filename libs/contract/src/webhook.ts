import { z } from 'zod';
import { askedTime } from './asked.ts';
import { time } from './time.ts';

export const webhookEvents = ['job.completed', 'job.failed', 'job.cancelled'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2_000)
  .describe('http or https, leading to a public address');
const events = z
  .array(z.enum(webhookEvents))
  .max(webhookEvents.length)
  .transform((given) => [...new Set(given)]);

/** `options.webhook` of a submit. */
export const jobWebhook = z
  .strictObject({
    url,
    events: events.refine((given) => given.length > 0, 'names no event').default([...webhookEvents]),
  })
  .describe('Where the end of this job is told, besides the endpoints of the tenant');
export type JobWebhook = z.infer<typeof jobWebhook>;

/** What `POST /v1/endpoints` takes. */
export const endpointRequest = z
  .strictObject({ url, events: events.default([...webhookEvents]) })
  .meta({ id: 'EndpointRequest' });
export type EndpointRequest = z.infer<typeof endpointRequest>;

/** What `PATCH /v1/endpoints/{id}` takes; what is left out stays. */
export const endpointPatch = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    disabled: z.boolean().optional().describe('false lets a disabled endpoint work again, its failures forgotten'),
  })
  .meta({ id: 'EndpointPatch' });
export type EndpointPatch = z.infer<typeof endpointPatch>;

export const endpoint = z
  .object({
    id: z.string().describe('A TypeID, `ep_…`'),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
    createdAt: time,
    disabledAt: time.nullable(),
    disabledReason: z
      .enum(['asked', 'gone', 'failing'])
      .nullable()
      .describe('`gone`: it answered 410; `failing`: five days without one success'),
    failingSince: time.nullable().describe('Since when every delivery to it has failed'),
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof endpoint>;

/** A secret is shown once, by the call that made it. */
export const signingSecret = z
  .object({
    secret: z.string().describe('`whsec_…`, shown this once'),
    previousUntil: time.nullable().describe('Until then the secret before it signs as well'),
  })
  .meta({ id: 'SigningSecret' });
export type SigningSecret = z.infer<typeof signingSecret>;

export const deliveryStates = ['pending', 'delivered', 'exhausted'] as const;

export const deliveryAttempt = z
  .object({
    startedAt: time,
    durationMs: z.int(),
    status: z.int().nullable().describe('null when there was no answer'),
    error: z.string().nullable().describe('A stable word, such as `http-status`, `timeout`, `address-refused`'),
    response: z.string().nullable().describe('The first 1,000 characters of the answer, or why there was none'),
  })
  .meta({ id: 'DeliveryAttempt' });

export const delivery = z
  .object({
    id: z.string().describe('A TypeID, `dlv_…`: the `webhook-id` of every try'),
    job: z.string(),
    run: z.int(),
    event: z.enum(webhookEvents),
    endpoint: z.string().nullable().describe('null when the job itself named the URL'),
    url: z.string(),
    state: z.enum(deliveryStates),
    reason: z
      .string()
      .nullable()
      .describe(
        'Why it is exhausted: `tries`, `gone`, or why its endpoint was disabled; while it is pending `secret-unreadable` when no worker can read the secret that signs it',
      ),
    createdAt: time,
    nextTryAt: time.nullable().describe('null once it is over, and while a try is under way'),
    finishedAt: time.nullable(),
    attempts: z.array(deliveryAttempt),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof delivery>;

/** What `POST /v1/endpoints/{id}/redeliver` takes. */
export const redeliverRequest = z
  .strictObject({ since: askedTime.describe('Of events at this time or later') })
  .meta({ id: 'RedeliverRequest' });
