import type { z } from 'zod';
import type { Fault } from './problem.ts';

/**
 * Turns zod's issues into faults with JSON pointers below `base`. A field that is not known gets a pointer of its own, and
 * a union reports the faults of the branch that came nearest.
 */
export function toFaults(issues: readonly z.core.$ZodIssue[], base = ''): Fault[] {
  return issues.flatMap((issue) => {
    const pointer = base + toPointer(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ pointer: pointer + toPointer([key]), detail: 'is not a known field' }));
    }
    if (issue.code === 'invalid_union') {
      const nearest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
      if (nearest && depth(nearest) > 0) return toFaults(nearest, pointer);
    }
    return [{ pointer, detail: issue.message }];
  });
}

/** An RFC 6901 pointer to `path`; the root is the empty string. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
}
