import type { z } from 'zod';
import type { Fault } from './problem.ts';

/**
 * Converts zod issues into faults with JSON pointers below `base`.
 * Each unknown field has a pointer of its own. A union reports the faults of the branch that matched deepest.
 */
export function toFaults(issues: readonly z.core.$ZodIssue[], base = ''): Fault[] {
  return issues.flatMap((issue) => {
    const pointer = base + toPointer(issue.path);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({ pointer: pointer + toPointer([key]), detail: 'is not a known field' }));
    }
    if (issue.code === 'invalid_union') {
      const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
      if (closest && depth(closest) > 0) return toFaults(closest, pointer);
    }
    return [{ pointer, detail: issue.message }];
  });
}

/** Converts a path to an RFC 6901 JSON pointer. The pointer to the root is the empty string. */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
}
