import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createCopiesFolder, filesOfKinds } from '@turno/kinds';
import { expect, onTestFinished, test } from 'vitest';
import { expectAllNamed } from '../support/apps/expect-all-named.ts';
import { openHandlers, type Handlers } from '../support/apps/open-handlers.mjs';
import { kindText, newFolder, writeFiles } from '../support/kind-files.ts';
import { root } from '../support/root.ts';
import { watchFiles } from '../../libs/local/dist/dev/watch-files.js';

async function open(settings: Record<string, unknown>): Promise<Handlers> {
  const handlers = await openHandlers({ root, settings });
  onTestFinished(() => handlers.close());
  return handlers;
}

const outputs = (age: string): Record<string, string> => ({
  'project/package.json': '{ "type": "module", "imports": { "#words": "./lib/words.mjs" } }',
  'project/lib/words.mjs': `export const words = '${age} words';`,
  'project/lib/deep.ts': `export const deep: string = '${age} deep';`,
  'project/node_modules/outer-package/package.json': '{ "main": "main.js" }',
  'project/node_modules/outer-package/main.js': 'module.exports = "a package";',
  'project/kinds/shared/part.ts': `import { deep } from '../../lib/deep.js';\nexport const part = '${age} part, ' + deep;`,
  'project/kinds/test.typed/kind.ts': kindText('test.typed'),
  'project/kinds/test.typed/own.ts': `export const own = '${age} own';`,
  'project/kinds/test.typed/data.txt': `${age} data`,
  'project/kinds/test.typed/run.ts': `
import { readFileSync } from 'node:fs';
import outer from 'outer-package';
import { own } from './own.ts';
import { part } from '../shared/part.ts';
export const run = async (): Promise<unknown> => {
  const computed = ['..', 'shared', 'part.ts'].join('/');
  return [
    '${age} run', own, part, outer, readFileSync(new URL('./data.txt', import.meta.url), 'utf8'),
    (await import('./late.ts')).late, (await import(computed)).part,
  ];
};`,
  'project/kinds/test.typed/late.ts': `export const late = '${age} late';`,
  'project/kinds/test.plain/kind.mjs': kindText('test.plain'),
  'project/kinds/test.plain/run.mjs': `
import { words } from '../../lib/words.mjs';
export const run = () => ['${age} run', words, process.pid];`,
  'project/kinds/test.loop/kind.ts': kindText('test.loop', 'io'),
  'project/kinds/test.loop/run.ts': `
export const run = async () => ['${age} run', (await import('./late.ts')).late];`,
  'project/kinds/test.loop/late.ts': `export const late = '${age} late';`,
});

const typed = ['old run', 'old own', 'old part, old deep', 'a package', 'old data', 'old late', 'old part, old deep'];

test('A worker runs the code of its start, with all that it imports, in every process and until its end', async () => {
  const dir = newFolder('turno-pin-');
  writeFiles(dir, outputs('old'));
  const handlers = await open({ KINDS_DIR: path.join(dir, 'project/kinds') });
  const results = async () => [
    await handlers.run('test.typed'),
    await handlers.run('test.plain'),
    await handlers.run('test.loop'),
  ];
  const old = (pid: unknown) => [
    { ok: true, output: typed },
    { ok: true, output: ['old run', 'old words', pid] },
    { ok: true, output: ['old run', 'old late'] },
  ];
  const first = await handlers.run('test.plain');
  writeFiles(dir, outputs('new'));
  expect(await handlers.run('test.plain')).toEqual(first);
  await Promise.all([handlers.stop('test.typed'), handlers.stop('test.plain')]);
  rmSync(path.join(dir, 'project/kinds/test.typed'), { recursive: true });
  const replaced = await results();
  expect(replaced).toEqual(old(expect.any(Number)));
  expect(replaced[1]).not.toEqual(first);
});

test('A handler that cannot be loaded is found at the start, and all of them are named at once', async () => {
  await expectAllNamed({
    'test.syntax': 'export const run = (a => {',
    'test.throws': `throw new Error('not today');`,
    'test.loop-syntax': 'export const run = (a => {',
  });
});

test('Copies of code are removed at the end, and those of a killed worker at the next start', async () => {
  const parent = newFolder('turno-pin-');
  const code = `import { createCopiesFolder } from '@turno/kinds';
    process.stdout.write(createCopiesFolder(${JSON.stringify(parent)}).path);
    setInterval(() => {}, 1_000);`;
  const killed = spawn(process.execPath, ['--input-type=module', '-e', code], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [left] = (await once(killed.stdout, 'data')).map(String);
  const living = createCopiesFolder(parent);
  expect(existsSync(left ?? '')).toBe(true);
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const next = createCopiesFolder(parent);
  expect(readdirSync(parent).sort()).toEqual([living.path, next.path].map((each) => path.basename(each)).sort());
  living.remove();
  next.remove();
  expect(readdirSync(parent)).toEqual([]);
  expect(() => createCopiesFolder(path.join(parent, 'missing'))).toThrow(/missing.*set TMPDIR/);
});

test('npm run dev watches the files outside of the folder of kinds that a kind imports', async () => {
  const dir = newFolder('turno-pin-');
  writeFiles(dir, outputs('old'));
  const kindsDir = path.join(dir, 'project/kinds');
  const watch = watchFiles([kindsDir], () => filesOfKinds(kindsDir));
  onTestFinished(() => watch.stop());
  const changed = watch.changed();
  writeFiles(dir, { 'project/lib/deep.ts': `export const deep: string = 'another deep';` });
  expect(await changed).toEqual([path.join(dir, 'project/lib/deep.ts')]);
});
