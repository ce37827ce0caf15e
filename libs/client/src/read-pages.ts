import { pauseWhenBusy } from './pause.ts';

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Yields what is on all pages, asking for each when it is needed. Lives through answers of 429 and 503. */
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
