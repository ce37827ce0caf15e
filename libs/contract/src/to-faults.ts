import type { z } from 'zod';
import { quoteText } from './quote-text.ts';
import { type Fault, type FaultList, faultsMax } from './fault-list.ts';

/**
 * Converts zod issues into faults with JSON pointers below `base`.
 * Each unknown field has a pointer of its own. A union reports the faults of the branch that matched deepest. Faults
 * beyond the first `faultsMax` are counted and not rendered: 150,000 of them would block the event loop for a second.
 */
export function listFaults(issues: readonly z.core.$ZodIssue[], base = ''): FaultList {
  const faults: Fault[] = [];
  let count = 0;
  for (const issue of issues) {
    const found = toFaultsOfIssue(issue, base, faultsMax - faults.length);
    faults.push(...found.faults.slice(0, faultsMax - faults.length));
    count += found.count;
  }
  return { faults, count };
}

/** Converts zod issues into faults as `listFaults` does; returns the first `faultsMax`. */
export function toFaults(issues: readonly z.core.$ZodIssue[], base = ''): readonly Fault[] {
  return listFaults(issues, base).faults;
}

function toFaultsOfIssue(issue: z.core.$ZodIssue, base: string, shownMax: number): FaultList {
  const pointer = () => base + toPointer(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const shown = issue.keys.slice(0, shownMax);
    return {
      faults: shown.map((key) => toFault(pointer() + toPointer([key]), unknownField)),
      count: issue.keys.length,
    };
  }
  if (issue.code === 'invalid_union') {
    const closest = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0];
    if (closest && depth(closest) > 0) return listFaults(closest, pointer());
  }
  return { faults: shownMax > 0 ? [toFault(pointer(), issue.message)] : [], count: 1 };
}

const unknownField = 'is not a known field';

function toFault(pointer: string, detail: string): Fault {
  return { pointer: quoteText(pointer), detail: quoteText(detail) };
}

/**
 * Converts a path to an RFC 6901 JSON pointer. The pointer to the root is the empty string.
 * Each name is cut: a key of a megabyte would be copied for every fault below it.
 */
export function toPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${quoteText(String(part)).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  // A spread of so many issues as one body can cause would exceed the stack.
  return issues.reduce(
    (deepest, { path, code }) => Math.max(deepest, path.length + (code === 'unrecognized_keys' ? 1 : 0)),
    0,
  );
}
