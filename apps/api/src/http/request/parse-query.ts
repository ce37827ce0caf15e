import { Problem, toFaults } from '@turno/contract';
import type { Request } from 'express';
import type { z } from 'zod';

/** Parses the query by a schema. Throws `invalid-request` with all faults, also for unknown names. */
export function parseQuery<S extends z.ZodType>(req: Request, schema: S): z.output<S> {
  const parsed = schema.safeParse({ ...req.query });
  if (!parsed.success) throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues) });
  return parsed.data;
}
