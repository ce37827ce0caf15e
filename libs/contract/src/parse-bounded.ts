import type { z } from 'zod';
import type { FaultList } from './fault-list.ts';
import { listFaults } from './to-faults.ts';

export type Parsed<T> = { success: true; data: T } | { success: false; faults: FaultList };

/** Parses one part of a document. `base` is the JSON pointer of the part. */
export type BoundedParser = <S extends z.ZodType>(schema: S, value: unknown, base?: string) => Parsed<z.output<S>>;

/** A document with more list items than this is judged up to the first fault of each list. */
const itemsMax = 10_000;

/** Parses a value by a schema, see `boundedParser`. */
export function parseBounded<S extends z.ZodType>(schema: S, value: unknown, base = ''): Parsed<z.output<S>> {
  return boundedParser(value)(schema, value, base);
}

/**
 * Creates the parser of one document. Its faults cost a bounded time.
 * zod collects a fault for every item of a list: a million of them take seconds. A document that long is judged up to
 * the first fault of each list.
 */
export function boundedParser(document: unknown): BoundedParser {
  // zod documents this option for its own `validate` only; test/http/faults.test.ts holds that `safeParse` takes it.
  const options: object = { abortEarly: countItems(document, itemsMax) > itemsMax };
  return (schema, value, base = '') => {
    const parsed = schema.safeParse(value, options);
    return parsed.success ? parsed : { success: false, faults: listFaults(parsed.error.issues, base) };
  };
}

/** Counts the items of all lists in a document; it stops soon after `max`. */
function countItems(value: unknown, max: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = Array.isArray(value) ? value.length : 0;
  if (count > max) return count;
  for (const member of Array.isArray(value) ? (value as unknown[]) : Object.values(value)) {
    count += countItems(member, max - count);
    if (count > max) return count;
  }
  return count;
}
