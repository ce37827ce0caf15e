import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

interface LongScene {
  file: string;
  /** The title of the test. */
  scene: string;
  reason: string;
}

const folder = path.join(root, 'test/long');
const scenes = JSON.parse(readFileSync(path.join(folder, 'scenes.json'), 'utf8')) as LongScene[];

test('scenes.json lists every test of test/long by its file and title, and no other', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));
  const titles = files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), 'utf8');
    return [...text.matchAll(/^test(?:\.\w+\(.*\))?\(\s*(['"`])(.*?)\1,/gm)].map(([, , title]) => `${file}: ${title}`);
  });
  expect(scenes.map(({ file, scene }) => `${file}: ${scene}`).toSorted()).toEqual(titles.toSorted());
});

test('scenes.json says of every scene of test/long why it takes long', () => {
  expect(scenes.filter(({ reason }) => reason.length < 20)).toEqual([]);
});
