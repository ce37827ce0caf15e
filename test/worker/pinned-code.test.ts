import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createCopiesFolder, filesOfKinds } from '@turno/kinds';
import { expect, onTestFinished, test } from 'vitest';
import { openHandlers, type Handlers } from '../support/apps/open-handlers.mjs';
import { root } from '../support/root.ts';
import { watchFiles } from '../../libs/local/dist/dev/watch-files.js';

/** Writes files below a folder; a later call changes them. */
function write(dir: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  }
}

function newFolder(name: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), name));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const kindText = (name: string, queue = 'cpu') => `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: '${name}', version: 1, queue: '${queue}', description: 'For a test.',
  input: z.object({}).loose(), output: z.unknown(), example: {},
});`;

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
  write(dir, outputs('old'));
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
  write(dir, outputs('new'));
  expect(await results()).toEqual(old(expect.any(Number)));
  await Promise.all([handlers.stop('test.typed'), handlers.stop('test.plain')]);
  const replaced = await results();
  expect(replaced).toEqual(old(expect.any(Number)));
  expect(replaced[1]).not.toEqual(first);
  rmSync(path.join(dir, 'project/kinds'), { recursive: true });
  await Promise.all([handlers.stop('test.typed'), handlers.stop('test.plain')]);
  expect(await results()).toEqual(old(expect.any(Number)));
});

test('A handler whose folder is a link, or whose file is a link, runs as from its place', async () => {
  const dir = newFolder('turno-pin-');
  write(dir, {
    'elsewhere/test.linked/kind.ts': kindText('test.linked'),
    'elsewhere/test.linked/own.mjs': `export const own = 'own';`,
    'elsewhere/shared.mjs': `export const shared = 'of another folder';`,
    'kinds/shared.mjs': `export const shared = 'beside the link';`,
    'elsewhere/handler.mjs': `import { own } from './own.mjs';\nimport { shared } from '../shared.mjs';\nexport const run = () => [own, shared];`,
  });
  symlinkSync('../handler.mjs', path.join(dir, 'elsewhere/test.linked/run.mjs'));
  symlinkSync('../elsewhere/test.linked', path.join(dir, 'kinds/test.linked'));
  symlinkSync('..', path.join(dir, 'elsewhere/test.linked/above'));
  const handlers = await open({ KINDS_DIR: path.join(dir, 'kinds') });
  expect(await handlers.run('test.linked')).toEqual({ ok: true, output: ['own', 'beside the link'] });
});

test('A process that cannot run the pinned code is not started: the changed file is named and the job goes back', async () => {
  const dir = newFolder('turno-pin-');
  write(dir, {
    'test.one/kind.mjs': kindText('test.one'),
    'test.one/run.mjs': 'export const run = () => process.pid;',
  });
  const handlers = await open({ KINDS_DIR: dir });
  const first = await handlers.run('test.one');
  expect(first).toMatchObject({ ok: true });
  const copy = handlers.catalogue.get('test.one')?.runFile ?? '';
  writeFileSync(copy, 'export const run = () => "another";');
  // Its process has loaded the pinned code.
  expect(await handlers.run('test.one')).toEqual(first);
  await handlers.stop('test.one');
  expect(await handlers.run('test.one')).toEqual({
    handBack: `${dir}/test.one/run.mjs has changed since the start of this worker`,
  });
  expect(handlers.lines.join('\n')).toMatch(new RegExp(`restart this worker.*${dir}/test\\.one/run\\.mjs`));
  expect(await handlers.run('math.sum-of-squares', { n: 4 })).toMatchObject({ ok: true });
});

test('A handler that cannot be loaded is found at the start, in every queue, and all of them are named at once', async () => {
  const dir = newFolder('turno-pin-');
  const faulty: Record<string, string> = {
    'test.syntax': 'export const run = (a => {',
    'test.import': `import './missing.ts';\nexport const run = () => 1;`,
    'test.package': `import 'no-such-package';\nexport const run = () => 1;`,
    'test.name': 'export const handler = () => 1;',
    'test.throws': `throw new Error('not today');`,
    'test.exits': 'process.exit(3);',
    'test.loop-syntax': 'export const run = (a => {',
  };
  for (const [name, text] of Object.entries(faulty)) {
    write(dir, { [`${name}/kind.ts`]: kindText(name, name.includes('loop') ? 'io' : 'cpu'), [`${name}/run.ts`]: text });
  }
  write(dir, { 'test.sound/kind.ts': kindText('test.sound'), 'test.sound/run.ts': 'export const run = () => 1;' });
  const failure: Error = await openHandlers({ root, settings: { KINDS_DIR: dir } }).then(
    () => expect.unreachable(),
    (error: Error) => error,
  );
  for (const name of Object.keys(faulty)) expect(failure.message).toContain(`${dir}/${name}/run.ts`);
  expect(failure.message).not.toContain('test.sound');
  expect(failure.message).toMatch(/kind-not-loadable.*not today/);
  expect(failure).toMatchObject({ code: 'kind-not-loadable' });
});

test('Copies of code are removed at the end, and those of a killed worker at the next start', async () => {
  const parent = newFolder('turno-pin-');
  const code = `import { createCopiesFolder, filesOfKinds } from '@turno/kinds';
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
});

test('npm run dev watches the files outside of the folder of kinds that a kind imports', async () => {
  const dir = newFolder('turno-pin-');
  write(dir, outputs('old'));
  const kindsDir = path.join(dir, 'project/kinds');
  const watch = watchFiles([kindsDir], () => filesOfKinds(kindsDir));
  onTestFinished(() => watch.stop());
  const changed = watch.changed();
  write(dir, { 'project/lib/deep.ts': `export const deep: string = 'another deep';` });
  expect(await changed).toEqual([path.join(dir, 'project/lib/deep.ts')]);
});
