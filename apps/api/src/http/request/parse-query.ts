import { parseBounded, Problem } from '@turno/contract';
import type { Request } from 'express';
import type { z } from 'zod';

/** Parses the query by a schema. Throws `invalid-request` with all faults, also for unknown names. */
export function parseQuery<S extends z.ZodType>(req: Request, schema: S): z.output<S> {
  const parsed = parseBounded(schema, { ...req.query });
  if (!parsed.success) throw new Problem('invalid-request', { errors: parsed.faults });
  return parsed.data;
}
