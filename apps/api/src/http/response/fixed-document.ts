import { createHash } from 'node:crypto';
import type { Request } from 'express';
import type { Answer } from './answer.ts';
import { noneMatchNames } from './etag.ts';

/** A document that does not change while the process lives. */
export interface FixedDocument {
  /** One buffer for all answers: a client that does not read costs no copy. */
  body: Buffer;
  etag: string;
}

export interface FixedAnswer {
  headers: Record<string, string>;
  /** JSON when left out. */
  contentType?: string;
}

/** Serialises a value once, for all requests. */
export function fixedDocument(value: unknown): FixedDocument {
  return fixedText(JSON.stringify(value));
}

export function fixedText(text: string): FixedDocument {
  const body = Buffer.from(text);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

/** Answers with the document, or with 304 when `If-None-Match` names it. */
export function answerFixed(
  req: Request,
  { body, etag }: FixedDocument,
  { headers, contentType = 'application/json' }: FixedAnswer,
): Answer {
  const known = noneMatchNames(req.headers['if-none-match'], etag);
  return {
    status: known ? 304 : 200,
    body: known ? undefined : body,
    contentType,
    headers: { ETag: etag, ...headers },
  };
}
