import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';
import { type NameInSource, namesInSource, wordsOf } from './names-in-source.ts';
import { retiredNames, retiredPhrases, retiredWords, wireNames } from './retired-words.ts';

const replacements = new Map(
  Object.entries(retiredWords).flatMap(([words, instead]) => words.split(' ').map((word) => [word, instead] as const)),
);
const folders = ['apps', 'libs', 'scripts', 'test', 'bench', 'examples'];
/** These name the words that they are about. */
const exempt = [
  'test/project/retired-words.ts',
  'test/project/retired-words.test.ts',
  'libs/runtime/src/settings/retired-settings.ts',
];
/** Schemas of earlier versions, as they were. */
const exemptFolder = 'test/fixtures/schemas/';

/** The term to use instead of this name, or undefined when the name has no retired word. */
function replacementOf(name: string): string | undefined {
  const words = wordsOf(name);
  const joined = ` ${words.join(' ')} `;
  const phrase = Object.keys(retiredPhrases).find((candidate) => joined.includes(` ${candidate} `));
  const word = words.find((candidate) => replacements.has(candidate));
  if (wireNames.includes(name)) return undefined;
  if (Object.hasOwn(retiredNames, name)) return retiredNames[name];
  return phrase === undefined ? word && replacements.get(word) : retiredPhrases[phrase];
}

/** One complaint per name and file, with the first line on which the name stands. */
function complaintsAbout(names: readonly NameInSource[], file: string): string[] {
  const first = new Map(names.toReversed().map(({ name, line }) => [name, line]));
  return [...first].toReversed().flatMap(([name, line]) => {
    const instead = replacementOf(name);
    return instead === undefined ? [] : [`${file}:${line} ${name} (now: ${instead})`];
  });
}

function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  });
  return listed
    .split('\n')
    .filter(
      (file) =>
        file !== '' && !exempt.includes(file) && !file.startsWith(exemptFolder) && existsSync(path.join(root, file)),
    );
}

function complaintsOf(file: string): string[] {
  const isSource = /\.(?:ts|mjs|sql)$/.test(file);
  const text = isSource ? readFileSync(path.join(root, file), 'utf8') : '';
  return complaintsAbout([{ name: file, line: 0 }, ...namesInSource(text, file.endsWith('.sql'))], file);
}

test('No file name and no identifier has a retired word', () => {
  expect(trackedFiles().flatMap(complaintsOf)).toEqual([]);
});

test('No app has a file named open-*.ts: what an app opens stands in its wiring folder', () => {
  expect(trackedFiles().filter((file) => /^apps\/.*\/open-[^/]*\.ts$/.test(file))).toEqual([]);
});

test.each([
  ['const heldJobs = 1;', 'heldJobs'],
  ['export function letGoHeld() {}', 'letGoHeld'],
  ["const name = 'let-go';", 'let-go'],
  ['sql`SELECT memo FROM jobs`', 'memo'],
  ['sql`SELECT ${`a${tellAll}`} FROM jobs`', 'tellAll'],
  ['const BELL_EVERY_MS = 1;', 'BELL_EVERY_MS'],
  ['type Line = string;', 'Line'],
])('The check sees the retired word in: %s', (source, name) => {
  expect(complaintsAbout(namesInSource(source), 'a.ts')).toEqual([expect.stringContaining(`a.ts:1 ${name} `)]);
});

test.each([
  '// it was held',
  '/* told\n */ const healthy = 1;',
  "const text = 'they were told';",
  'const text = `they were told ${count} times`;',
  'const pattern = /told/;',
  'sql`SELECT 1 -- held`',
])('The check leaves prose alone: %s', (source) => {
  expect(complaintsAbout(namesInSource(source), 'a.ts')).toEqual([]);
});
