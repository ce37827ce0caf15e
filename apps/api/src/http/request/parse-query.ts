import { Problem, toFaults } from '@turno/contract';
import type { Request } from 'express';
import type { z } from 'zod';

/** The query by its schema. Throws `invalid-request` with every fault, unknown names too. */
export function parseQuery<S extends z.ZodType>(req: Request, schema: S): z.output<S> {
  const parsed = schema.safeParse({ ...req.query });
  if (!parsed.success) throw new Problem('invalid-request', { errors: toFaults(parsed.error.issues) });
  return parsed.data;
}
