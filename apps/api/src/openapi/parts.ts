import { deliveryStates } from '@turno/contract';
import { exampleJobId } from './example-job.ts';
import { exampleFileId } from './file-paths.ts';
import type { JsonSchema } from './schemas.ts';

const text = { type: 'string' };

/** Only those that a call cannot do without have an example: the docs page sends examples as they stand. */
export const parameters: Record<string, JsonSchema> = {
  fileId: { name: 'fileId', in: 'path', required: true, schema: text, example: exampleFileId },
  jobId: { name: 'jobId', in: 'path', required: true, schema: text, example: exampleJobId },
  endpointId: {
    name: 'endpointId',
    in: 'path',
    required: true,
    schema: text,
    example: 'ep_01kb6w2v9ve9f8m5q3c7t1zxyh',
  },
  deliveryId: {
    name: 'deliveryId',
    in: 'path',
    required: true,
    schema: text,
    example: 'dlv_01kb6w2v9ve9f8m5q3c7t1zxyh',
  },
  job: { name: 'job', in: 'query', description: 'Of this job', schema: text },
  endpoint: {
    name: 'endpoint',
    in: 'query',
    description: 'To this endpoint',
    schema: text,
  },
  deliveryState: {
    name: 'state',
    in: 'query',
    description: 'In this state',
    schema: { type: 'string', enum: [...deliveryStates] },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'At most so many',
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  },
  name: { name: 'name', in: 'path', required: true, schema: text, example: 'nightly-report' },
  kind: { name: 'kind', in: 'path', required: true, schema: text, example: 'math.sum-of-squares' },
  queue: { name: 'queue', in: 'path', required: true, schema: { type: 'string', enum: ['cpu', 'io'] }, example: 'cpu' },
  keyId: { name: 'keyId', in: 'path', required: true, schema: text, example: 'key_8sLk2mQx7Rt4Vb9Z' },
  tenantId: { name: 'tenantId', in: 'path', required: true, schema: text, example: 'ten_01jd9zq3k5e8xv6m2n4p7r9t1w' },
  plan: { name: 'plan', in: 'path', required: true, schema: text, example: 'free' },
  cursor: {
    name: 'cursor',
    in: 'query',
    description: 'The `nextCursor` of the page before',
    schema: text,
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    description: '`wait=N` (RFC 7240): answer when there is news, or after N seconds; more than 60 is applied as 60',
    schema: text,
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Makes a repeat safe for 24 hours: the same request with the same key is answered with the same job, as it is then. A rate limit may refuse it, a spent quota or a full backlog does not. At most 255 characters; quoted and bare are one: `"8e03978e-40d5-43dd-bc93-6894a57f9324"`',
    schema: text,
  },
  traceparent: {
    name: 'traceparent',
    in: 'header',
    description:
      'W3C Trace Context: stands in the log lines of the job, and goes on with what its handler fetches: `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`',
    schema: text,
  },
  'Last-Event-ID': {
    name: 'Last-Event-ID',
    in: 'header',
    description:
      'The `id` of the last event that was seen: the stream goes on after it, or with one `state` when it is not known any more',
    schema: text,
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description:
      'The `ETag` of an earlier answer; with `Prefer: wait` the answer is held until the state is another one',
    schema: text,
  },
};

export const headers: Record<string, JsonSchema> = {
  Location: { description: 'Where the job is', schema: text },
  ETag: { description: 'Weak while the job is unfinished, strong once it is final', schema: text },
  'Content-Location': { description: 'The address whose content this body is', schema: text },
  'WWW-Authenticate': {
    description: 'What is wrong with the key (RFC 6750)',
    schema: text,
    example: 'Bearer realm="turno", error="invalid_token"',
  },
  Accept: { description: 'The type that a body must have', schema: text },
  'Accept-Encoding': { description: 'The codings that a body may have', schema: text },
  'Cache-Control': { description: '`private, max-age=…` for what will not change', schema: text },
  'Retry-After': { description: 'Seconds until another request is worth it', schema: { type: 'integer' } },
  'RateLimit-Policy': {
    description:
      'How many requests the key may send at once (`q`), and the seconds in which as many are allowed anew (`w`); further ' +
      'items for a kind with a limit of its own. Absent when the plan has no limit',
    schema: text,
    example: '"default";q=60;w=60',
  },
  RateLimit: {
    description: 'How many of these are left (`r`), and the seconds until all are there again (`t`)',
    schema: text,
    example: '"default";r=59;t=1',
  },
  'Idempotency-Replayed': { description: '`true` when an earlier request with this key made the job', schema: text },
  Age: { description: 'Seconds since the shared result was completed', schema: { type: 'integer' } },
  'Cache-Status': {
    description:
      'How a shared result was come by (RFC 9211): `turno; hit`, `turno; fwd=miss; collapsed` for work that was under way, `turno; fwd=miss`',
    schema: text,
    example: 'turno; hit',
  },
  'Preference-Applied': { description: 'The preference as it was applied, such as `wait=10`', schema: text },
};
