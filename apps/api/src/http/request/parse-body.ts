import { Problem, toFaults } from '@turno/contract';
import type { Request } from 'express';
import type { z } from 'zod';
import { readJsonBody } from './read-json-body.ts';

/** Small documents: names, limits, lists of words. */
const bytesMax = 64 * 1024;

/** Reads a small body by its schema. Throws what `readJsonBody` throws, and `invalid-request` with every fault. */
export async function parseBody<S extends z.ZodType>(req: Request, schema: S): Promise<z.output<S>> {
  const parsed = schema.safeParse(await readJsonBody(req, bytesMax));
  if (!parsed.success) throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues) });
  return parsed.data;
}
