import type { Request } from 'express';

/**
 * Returns a parameter of the path.
 * Postgres takes no NUL: with the replacement character in its place a name matches nothing.
 */
export function pathParameter(req: Request, name: string): string {
  return String(req.params[name]).replaceAll('\u0000', '\uFFFD');
}
