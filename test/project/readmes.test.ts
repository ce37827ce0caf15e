import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

const linesMax = 10;
const topFolders = ['apps', 'bench', 'deploy', 'docs', 'examples', 'libs', 'scripts', 'test'];
const packages = ['apps', 'libs'].flatMap((parent) =>
  readdirSync(path.join(root, parent))
    .map((name) => `${parent}/${name}`)
    .filter((folder) => statSync(path.join(root, folder)).isDirectory()),
);

test.each([...topFolders, ...packages])('%s has a README of at most ten lines', (folder) => {
  const file = path.join(root, folder, 'README.md');
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(linesMax);
});
