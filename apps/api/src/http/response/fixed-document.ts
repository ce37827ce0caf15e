import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { answer } from './answer.ts';
import { noneMatchNames } from './etag.ts';

/** A document that does not change while the process lives. */
export interface FixedDocument {
  body: string;
  etag: string;
}

export interface FixedAnswer {
  document: FixedDocument;
  headers: Record<string, string>;
  /** JSON when left out. */
  contentType?: string;
}

export function fixedDocument(value: unknown): FixedDocument {
  return fixedText(JSON.stringify(value));
}

export function fixedText(body: string): FixedDocument {
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

export function answerFixed(
  req: Request,
  res: Response,
  { document: { body, etag }, headers, contentType = 'application/json' }: FixedAnswer,
): void {
  const known = noneMatchNames(req.headers['if-none-match'], etag);
  answer(req, res, {
    status: known ? 304 : 200,
    body: known ? undefined : body,
    contentType,
    headers: { ETag: etag, ...headers },
  });
}
