import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allFaults } from '../chaos/faults/faults.ts';
import { sabotages } from '../chaos/sabotage.ts';
import { root } from '../support/root.ts';

const text = readFileSync(path.join(root, 'docs/reliability.md'), 'utf8');

/** One entry per fault: its number, its tests, its names in a run of chaos. */
const entries = text
  .split(/\n(?=- \*\*F\d+\*\*)/)
  .slice(1)
  .map((entry) => (entry.split('\n\n')[0] ?? '').replaceAll(/\s+/g, ' '))
  .map((entry) => ({
    fault: /^- \*\*(F\d+)\*\*/.exec(entry)?.[1],
    tests: / Tests: (.*?) Chaos: /.exec(entry)?.[1],
    chaos: / Chaos: (.*)$/.exec(entry)?.[1],
  }));

const found = (cells: (string | undefined)[], pattern: RegExp) =>
  cells.flatMap((cell) => [...(cell ?? '').matchAll(pattern)].map(([, name = '']) => name));

test('The list of faults has an entry for each of the eighteen, in order', () => {
  expect(entries.map(({ fault }) => fault)).toEqual(Array.from({ length: 18 }, (_, n) => `F${n + 1}`));
});

test('Every test that the list of faults names exists', () => {
  const names = found(
    entries.map(({ tests }) => tests),
    /`([^`]+)`/g,
  );
  expect(names.length).toBeGreaterThan(20);
  const missing = names.filter((name) => {
    const file = name.startsWith('test/') ? name : `test/crash/${name}`;
    return !existsSync(path.join(root, `${file}.test.ts`));
  });
  expect(missing).toEqual([]);
});

test('Every fault of a run of chaos is in the list, and every fault of the list can be chosen', () => {
  const names = found(
    entries.map(({ chaos }) => chaos),
    /"([^"]+)"/g,
  );
  expect(names.toSorted()).toEqual(Object.keys(allFaults).toSorted());
});

test('Every sabotage is shown with its command', () => {
  expect(found([text], /--sabotage ([\w-]+)/g).toSorted()).toEqual(Object.keys(sabotages).toSorted());
});
