import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import { answer } from './answer.ts';
import { noneMatchNames } from './etag.ts';

/** A document that does not change while the process lives. */
export interface FixedDocument {
  body: string;
  etag: string;
}

export function fixedDocument(value: unknown): FixedDocument {
  const body = JSON.stringify(value);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

export function answerFixed(
  req: Request,
  res: Response,
  { document: { body, etag }, headers }: { document: FixedDocument; headers: Record<string, string> },
): void {
  const known = noneMatchNames(req.headers['if-none-match'], etag);
  answer(req, res, { status: known ? 304 : 200, body: known ? undefined : body, headers: { ETag: etag, ...headers } });
}
