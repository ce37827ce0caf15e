import { symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { expectAllNamed } from '../support/apps/expect-all-named.ts';
import { openHandlers, type Handlers } from '../support/apps/open-handlers.mjs';
import { kindText, newFolder, writeFiles } from '../support/kind-files.ts';
import { root } from '../support/root.ts';

async function open(settings: Record<string, unknown>): Promise<Handlers> {
  const handlers = await openHandlers({ root, settings });
  onTestFinished(() => handlers.close());
  return handlers;
}

test('A handler whose folder is a link, or whose file is a link, runs as from its place', async () => {
  const dir = newFolder('turno-pin-');
  writeFiles(dir, {
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
  writeFiles(dir, {
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
  await expectAllNamed({
    'test.syntax': 'export const run = (a => {',
    'test.import': `import './missing.ts';\nexport const run = () => 1;`,
    'test.package': `import 'no-such-package';\nexport const run = () => 1;`,
    'test.name': 'export const handler = () => 1;',
    'test.throws': `throw new Error('not today');`,
    'test.exits': 'process.exit(3);',
    'test.loop-syntax': 'export const run = (a => {',
  });
});
