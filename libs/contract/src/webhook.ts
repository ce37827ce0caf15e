import { z } from 'zod';
import { inputTime, time } from './time.ts';

export const webhookEvents = ['job.completed', 'job.failed', 'job.cancelled'] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

const urlCharsMax = 2_000;

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(urlCharsMax)
  // Escaped, one character may take nine; a longer URL fits into no index of Postgres.
  .refine((text) => !URL.canParse(text) || new URL(text).href.length <= urlCharsMax, {
    error: `must be at most ${urlCharsMax} characters with its escapes`,
  })
  .describe('http or https; the host must have a public address, and the port must be none of a store or of mail');
const events = z
  .array(z.enum(webhookEvents))
  .max(webhookEvents.length)
  .transform((given) => [...new Set(given)]);

/** `options.webhook` of a submit. */
export const jobWebhook = z
  .strictObject({
    url,
    events: events.refine((given) => given.length > 0, 'must name at least one event').default([...webhookEvents]),
  })
  .describe('A receiver for the end of this job, beside the endpoints of the tenant');
export type JobWebhook = z.infer<typeof jobWebhook>;

/** The body of `POST /v1/endpoints`. */
export const endpointRequest = z
  .strictObject({ url, events: events.default([...webhookEvents]) })
  .meta({ id: 'EndpointRequest' });
export type EndpointRequest = z.infer<typeof endpointRequest>;

/** The body of `PATCH /v1/endpoints/{id}`. Fields that are left out do not change. */
export const endpointPatch = z
  .strictObject({
    url: url.optional(),
    events: events.optional(),
    disabled: z.boolean().optional().describe('false enables the endpoint again and resets its failures'),
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
      .describe('`asked`: disabled by a request; `gone`: it answered 410; `failing`: no success for five days'),
    failingSince: time.nullable().describe('Since when every delivery to the endpoint has failed'),
  })
  .meta({ id: 'Endpoint' });
export type Endpoint = z.infer<typeof endpoint>;

/** A new signing secret. Only the answer of the call that made it contains the secret. */
export const signingSecret = z
  .object({
    secret: z.string().describe('`whsec_…`, shown only in this answer'),
    previousUntil: time.nullable().describe('Until then the previous secret signs as well'),
  })
  .meta({ id: 'SigningSecret' });
export type SigningSecret = z.infer<typeof signingSecret>;

export const deliveryStates = ['pending', 'delivered', 'exhausted'] as const;

export const deliveryAttempt = z
  .object({
    startedAt: time,
    durationMs: z.int(),
    status: z.int().nullable().describe('The HTTP status; null without an answer'),
    error: z.string().nullable().describe('A stable code such as `http-status`, `timeout`, `address-refused`'),
    response: z
      .string()
      .nullable()
      .describe('The first 1,000 characters of the answer, or the reason why there was none'),
  })
  .meta({ id: 'DeliveryAttempt' });

export const delivery = z
  .object({
    id: z.string().describe('A TypeID, `dlv_…`; the `webhook-id` of every attempt'),
    job: z.string(),
    run: z.int(),
    event: z.enum(webhookEvents),
    endpoint: z.string().nullable().describe('null when the URL comes from the job itself'),
    url: z.string(),
    state: z.enum(deliveryStates),
    reason: z
      .string()
      .nullable()
      .describe(
        'The reason for `exhausted`: `tries`, `gone`, or the reason why the endpoint was disabled. While pending: ' +
          '`secret-unreadable` when no worker can decrypt the signing secret',
      ),
    createdAt: time,
    nextTryAt: time.nullable().describe('null once the delivery is final, and during an attempt'),
    finishedAt: time.nullable(),
    attempts: z.array(deliveryAttempt),
  })
  .meta({ id: 'Delivery' });
export type Delivery = z.infer<typeof delivery>;

/** The body of `POST /v1/endpoints/{id}/redeliver`. */
export const redeliverRequest = z
  .strictObject({ since: inputTime.describe('Redelivers exhausted deliveries of events at this time or later') })
  .meta({ id: 'RedeliverRequest' });
