import { parseBounded, Problem } from '@turno/contract';
import type { Request } from 'express';
import type { z } from 'zod';
import { readJsonBody } from './read-json-body.ts';

/** Enough for small documents: names, limits, lists of words. */
const bytesMax = 64 * 1024;

/** Reads a small body by its schema. Throws as `readJsonBody` does, and `invalid-request` with every fault. */
export async function parseBody<S extends z.ZodType>(req: Request, { schema }: { schema: S }): Promise<z.output<S>> {
  const parsed = parseBounded(schema, await readJsonBody(req, bytesMax));
  if (!parsed.success) throw new Problem('invalid-request', { errors: parsed.faults });
  return parsed.data;
}
