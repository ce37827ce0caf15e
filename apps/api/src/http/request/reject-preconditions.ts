import { Problem } from '@turno/contract';
import type { Request } from 'express';

const conditions = ['If-Match', 'If-None-Match'] as const;

/**
 * Refuses a change that is to be made on a condition. Nobody here looks at one in the same step as the change, and a change whose
 * condition does not hold must not be made (RFC 9110, section 13.2.1): whoever asks for one is told, not overruled.
 */
export function rejectPreconditions({ method, headers }: Request): void {
  if (method === 'GET' || method === 'HEAD') return;
  const named = conditions.filter((name) => headers[name.toLowerCase()] !== undefined);
  if (named.length === 0) return;
  const detail = `No change is made on a condition here, so nothing was changed. Leave out ${named.join(' and ')}.`;
  throw new Problem('precondition-failed', { detail });
}
