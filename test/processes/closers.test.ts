import { createClosers, createLog } from '@turno/runtime';
import { expect, test } from 'vitest';

test('When one closer has used up the time, the remaining closers run in parallel', async () => {
  const log = createLog('closers', 'silent');
  const unclean = new Set<unknown>();
  log.warn = ({ closing }: { closing?: string }) => void unclean.add(closing);
  const closers = createClosers(log);
  const begun: string[] = [];
  let last: () => void = () => {};
  const lastBegan = new Promise<void>((resolve) => (last = resolve));
  closers.add('last', () => (begun.push('last'), last()));
  closers.add('waits for the last', () => (begun.push('waits'), lastBegan));
  closers.add('hangs too', () => (begun.push('hangs too'), new Promise(() => {})));
  closers.add('hangs', () => (begun.push('hangs'), new Promise(() => {})));
  closers.add('first', () => void begun.push('first'));
  await closers.closeAll(600);
  expect(begun).toEqual(['first', 'hangs', 'hangs too', 'waits', 'last']);
  expect(unclean).toEqual(new Set(['hangs', 'hangs too']));
});
