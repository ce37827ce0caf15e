import { boundedRecord } from '@turno/contract';
import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

/** Headers that frame the message or choose its target; an input with one of them is rejected. */
const ownHeaders =
  /^(host|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i;

const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, 'is not a valid header name')
  .refine((name) => !ownHeaders.test(name), 'is set by Turno and cannot be set here');
const headersMax = 1_000;
const headerValue = z
  .string()
  .max(8_192)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'contains characters that a header cannot have');

export const kind = defineKind({
  name: 'http.request',
  version: 1,
  queue: 'io',
  description:
    'Sends one HTTP request and returns the answer, whatever its status, unless retryOn names the status. A request ' +
    'without an answer fails and is retried, so a request that must not arrive twice needs its own idempotency key. ' +
    'Follows up to three redirects; private addresses are rejected.',
  input: z.strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(4_096),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
    headers: boundedRecord(z.record(headerName, headerValue), {
      membersMax: headersMax,
      error: `has more than ${headersMax} headers`,
    }).default({}),
    body: z.string().optional().describe('Sent as UTF-8'),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(300)
      .default(30)
      .describe('The time for everything, redirects and body included'),
    retryOn: z
      .array(z.int().min(400).max(599))
      .max(50)
      .default([])
      .describe(
        'Statuses that fail the attempt (http-status). The next one waits for the Retry-After of the answer, up to 1 h',
      ),
  }),
  output: z.strictObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()).describe('Names in lower case; repeated headers are joined by a comma'),
    body: z.string().describe('At most the first 256 KiB'),
    bodyEncoding: z.enum(['utf8', 'base64']).describe('base64 when the bytes are not UTF-8 text'),
    truncated: z.boolean().describe('True when the answer was longer than body'),
    url: z.string().describe('The URL of the last request'),
  }),
  example: { url: 'https://example.com/' },
});
