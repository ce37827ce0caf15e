import { createHash } from 'node:crypto';
import { Problem } from '@turno/contract';
import type { RequestKey } from '@turno/postgres';
import type { Request } from 'express';

const charsMax = 255;
const bare = /^[\x21\x23-\x5b\x5d-\x7e]+$/;
const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])+)"$/;

/**
 * Reads the `Idempotency-Key` of a request, with a hash of method, path and decompressed body.
 * A repeat must have the same hash. Returns undefined without a key. Throws `invalid-idempotency-key`.
 */
export function requestKeyOf(req: Request, body: Buffer): RequestKey | undefined {
  const header = req.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const text = parseIdempotencyKey(String(header));
  const requestSha256 = createHash('sha256').update(`${req.method} ${req.path}\n`).update(body).digest('hex');
  return { text, requestSha256 };
}

/**
 * Parses a structured-field string or the same text without quotes: `"abc"` and `abc` are one key.
 * Throws `invalid-idempotency-key`.
 */
export function parseIdempotencyKey(header: string): string {
  const text = bare.test(header) ? header : quoted.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  if (text !== undefined && text.length <= charsMax) return text;
  const detail = `send one key of 1 to ${charsMax} printable ASCII characters, in quotes when it contains a space`;
  throw new Problem('invalid-idempotency-key', { detail });
}
