import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

const git = (...args: string[]) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => file !== '' && existsSync(path.join(root, file)));
const files = git('ls-files', '--cached', '--others', '--exclude-standard');
const documents = files.filter((file) => file.endsWith('.md') && !file.startsWith('.github/'));
const fileNames = new Set(files.map((file) => path.basename(file)));
const topNames = new Set(files.map((file) => file.split('/')[0] ?? ''));
const folders = new Set(files.flatMap((file) => [path.dirname(file), path.dirname(path.dirname(file))]));

/** Where documents leave out the beginning of a path. */
const bases = ['', 'libs/postgres/src/'];

/** The text between backticks that names a file or a folder of this repository, without a line number or a glob. */
function namedPaths(text: string): string[] {
  const withoutBlocks = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  const code = [...withoutBlocks.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name);
  return code.filter((name) => /^[\w@.-]+(?:\/[\w@.-]+)*\/?$/.test(name)).filter(isMeantAsPath);
}

function isMeantAsPath(name: string): boolean {
  if (name.startsWith('..')) return false;
  if (/[\w-]\.(?:ts|mjs|sql)$/.test(name)) return true;
  return name.includes('/') && topNames.has(name.split('/')[0] ?? '') && !name.includes('/dist');
}

function exists(name: string, document: string): boolean {
  if (!name.includes('/') && fileNames.has(name)) return true;
  const candidates = [...bases.map((base) => base + name), path.posix.join(path.posix.dirname(document), name)];
  const found = (place: string) =>
    existsSync(path.join(root, place)) || existsSync(path.join(root, `${place}.test.ts`));
  return candidates.some(found) || [...folders].some((folder) => folder.endsWith(`/${name}`));
}

test('Every file and folder that a document names in backticks exists', () => {
  const missing = documents.flatMap((document) => {
    const names = namedPaths(readFileSync(path.join(root, document), 'utf8'));
    return [...new Set(names)].filter((name) => !exists(name, document)).map((name) => `${document}: ${name}`);
  });
  expect(missing).toEqual([]);
});

test('Every relative link of a document leads to a file or a folder', () => {
  const missing = documents.flatMap((document) => {
    const links = [...readFileSync(path.join(root, document), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)];
    const targets = links.map(([, link = '']) => path.posix.join(path.posix.dirname(document), link));
    return targets.filter((place) => !existsSync(path.join(root, place))).map((place) => `${document}: ${place}`);
  });
  expect(missing).toEqual([]);
});

/** Markdown that wide tables make unreadable in a terminal. */
const columnsMax = 4;
const checkedTables = documents.filter((file) => !file.startsWith('docs/decisions/'));

test('No table of a document has more than four columns, decision records aside', () => {
  const wide = checkedTables.flatMap((document) => {
    const rows = readFileSync(path.join(root, document), 'utf8')
      .split('\n')
      .filter((line) => /^\|.*\|$/.test(line));
    const columns = (row: string) => row.replaceAll(/`[^`]*`|\\\|/g, '').split('|').length - 2;
    return rows.filter((row) => columns(row) > columnsMax).map((row) => `${document}: ${row}`);
  });
  expect(wide).toEqual([]);
});
