import { Problem } from '@turno/contract';
import type { Request } from 'express';

const conditions = ['If-Match', 'If-None-Match'] as const;

/**
 * Rejects a conditional change.
 * A change must not be made when its condition is false (RFC 9110, section 13.2.1), and no operation checks a condition
 * in the same step as its change. Throws `precondition-failed`.
 */
export function rejectPreconditions({ method, headers }: Request): void {
  if (method === 'GET' || method === 'HEAD') return;
  const named = conditions.filter((name) => headers[name.toLowerCase()] !== undefined);
  if (named.length === 0) return;
  const detail = `Conditional changes are not supported; nothing was changed. Send it without ${named.join(' and ')}.`;
  throw new Problem('precondition-failed', { detail });
}
