import type { JsonSchema } from '../operations/operation.ts';

const text = { type: 'string' };

/** The headers of answers, by name. */
export const headers: Readonly<Record<string, JsonSchema>> = {
  Location: { description: 'Where the job is', schema: text },
  ETag: { description: 'Weak while the job is unfinished, strong once it is final', schema: text },
  'Content-Location': { description: 'The address whose content this body is', schema: text },
  'WWW-Authenticate': {
    description: 'The fault of the key (RFC 6750)',
    schema: text,
    example: 'Bearer realm="turno", error="invalid_token"',
  },
  Accept: { description: 'The type that a body must have', schema: text },
  'Accept-Encoding': { description: 'The codings that a body may have', schema: text },
  'Cache-Control': { description: '`private, max-age=…` for an answer that will not change', schema: text },
  'Retry-After': { description: 'Seconds until another request is worth it', schema: { type: 'integer' } },
  'RateLimit-Policy': {
    description:
      'How many requests the key may send at once (`q`), and the seconds in which as many are allowed anew (`w`); ' +
      'further items for a kind with a limit of its own. Absent when the plan has no limit',
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
      'How the answer came by a shared result (RFC 9211): `turno; hit`, `turno; fwd=miss; collapsed` for work ' +
      'under way, `turno; fwd=miss`',
    schema: text,
    example: 'turno; hit',
  },
  'Preference-Applied': { description: 'The preference as it was applied, such as `wait=10`', schema: text },
};

/** Refers to headers by name. */
export function headersOf(names: Iterable<string>): JsonSchema {
  return Object.fromEntries([...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
