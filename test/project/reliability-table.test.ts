import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { allFaults } from '../chaos/faults.ts';
import { sabotages } from '../chaos/sabotage.ts';
import { root } from '../support/root.ts';

const text = readFileSync(path.join(root, 'docs/reliability.md'), 'utf8');

/** Cells of the table of faults: which fault, its tests, its names in a run of chaos. */
const rows = text
  .split('\n')
  .filter((line) => /^\| F\d+ /.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()));

const found = (cells: (string | undefined)[], pattern: RegExp) =>
  cells.flatMap((cell) => [...(cell ?? '').matchAll(pattern)].map(([, name = '']) => name));

test('The table of faults has a row for each of the eighteen, in order', () => {
  expect(rows.map(([, what = '']) => what.split(' ')[0])).toEqual(Array.from({ length: 18 }, (_, n) => `F${n + 1}`));
});

test('Every test that the table of faults names is there', () => {
  const names = found(
    rows.map(([, , tests]) => tests),
    /`([^`]+)`/g,
  );
  expect(names.length).toBeGreaterThan(20);
  const missing = names.filter((name) => {
    const file = name.startsWith('test/') ? name : `test/crash/${name}`;
    return !existsSync(path.join(root, `${file}.test.ts`));
  });
  expect(missing).toEqual([]);
});

test('Every fault of a run of chaos stands in the table, and every one in the table can be chosen', () => {
  const names = found(
    rows.map(([, , , chaos]) => chaos),
    /"([^"]+)"/g,
  );
  expect(names.toSorted()).toEqual(Object.keys(allFaults).toSorted());
});

test('Every sabotage is shown with its command', () => {
  expect(found([text], /--sabotage ([\w-]+)/g).toSorted()).toEqual(Object.keys(sabotages).toSorted());
});
