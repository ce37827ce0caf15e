import { pauseWhenBusy } from './pause.ts';

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Yields the items of all pages and reads each page when it is needed. Waits through answers of 429 and 503. */
export async function* readPages<T>(
  read: (cursor: string | undefined) => Promise<Page<T>>,
  first?: string,
): AsyncGenerator<T, void> {
  let cursor = first;
  for (;;) {
    const page = await read(cursor).catch(pauseWhenBusy);
    if (page === undefined) continue;
    yield* page.items;
    if (page.nextCursor === null) return;
    cursor = page.nextCursor;
  }
}
