import { quoteText } from './quote-text.ts';

/** One fault of a request body or query: a JSON pointer (RFC 6901) to the field, and a text that says what is wrong. */
export interface Fault {
  pointer: string;
  detail: string;
}

/** The first faults of a request, in the order of the request, and the number of all. */
export interface FaultList {
  readonly faults: readonly Fault[];
  readonly count: number;
}

/** The number of faults that an answer shows. */
export const faultsMax = 100;

/** Joins lists of faults into one that has the first faults of all, each text cut. */
export function joinFaults(...lists: readonly FaultList[]): FaultList {
  const faults: Fault[] = [];
  let count = 0;
  for (const list of lists) {
    for (const { pointer, detail } of list.faults.slice(0, faultsMax - faults.length)) {
      faults.push({ pointer: quoteText(pointer), detail: quoteText(detail) });
    }
    count += list.count;
  }
  return { faults, count };
}

/** Makes a list of all faults of a request. */
export function faultList(faults: readonly Fault[]): FaultList {
  return { faults, count: faults.length };
}
