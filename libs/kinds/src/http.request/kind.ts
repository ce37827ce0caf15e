import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

/** Headers that frame the message or choose its target; a request that sets them is refused. */
const ownHeaders =
  /^(host|connection|content-length|expect|keep-alive|te|trailer|transfer-encoding|upgrade|proxy-.*)$/i;

const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]{1,100}$/, 'is no header name')
  .refine((name) => !ownHeaders.test(name), 'cannot be set');
const headerValue = z
  .string()
  .max(8_192)
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'holds characters that a header cannot carry');

export const kind = defineKind({
  name: 'http.request',
  version: 1,
  queue: 'io',
  description:
    'Sends one HTTP request and hands the answer back, whatever its status unless retryOn names it. No answer at all is a failure and tried again, so ' +
    'a request that must not arrive twice needs a key of its own. Follows up to three redirects; private addresses are refused.',
  input: z.strictObject({
    url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).max(4_096),
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).default('GET'),
    headers: z.record(headerName, headerValue).default({}),
    body: z.string().optional().describe('Sent as UTF-8'),
    timeoutSeconds: z
      .number()
      .min(0.1)
      .max(300)
      .default(30)
      .describe('Of the whole exchange, redirects and body included'),
    retryOn: z
      .array(z.int().min(400).max(599))
      .max(50)
      .default([])
      .describe(
        'Statuses that are a failure (http-status) and tried again, not before the Retry-After of the answer, up to an hour',
      ),
  }),
  output: z.strictObject({
    status: z.int(),
    headers: z.record(z.string(), z.string()).describe('Names in lower case; repeated ones joined by a comma'),
    body: z.string().describe('At most the first 256 KiB'),
    bodyEncoding: z.enum(['utf8', 'base64']).describe('base64 when the bytes are no text'),
    truncated: z.boolean().describe('True when the answer was longer than what is shown'),
    url: z.string().describe('Where the last redirect led'),
  }),
  example: { url: 'https://example.com/' },
});
