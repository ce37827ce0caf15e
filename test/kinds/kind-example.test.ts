import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalogue, loadHandler } from '@turno/kinds';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../support/root.ts';

function copyExample(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-example-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  cpSync(path.join(root, 'examples/kinds'), dir, { recursive: true });
  return dir;
}

test('The example kind works when its folder is copied to a place without node_modules', async () => {
  const dir = copyExample();
  const entry = (await loadCatalogue({ kindsDir: dir })).get('text.count-words');
  expect(entry?.runFile.startsWith(dir)).toBe(true);
  const handler = await loadHandler(entry?.runFile ?? '');
  expect(await handler(entry?.kind.example, {} as never)).toEqual({ words: 3 });
});

test('A changed kind file takes effect at the next start', () => {
  const dir = copyExample();
  const file = path.join(dir, 'text.count-words/kind.ts');
  const show = `import { loadCatalogue } from '@turno/kinds';
    const found = await loadCatalogue({ kindsDir: ${JSON.stringify(dir)} });
    process.stdout.write(String(found.get('text.count-words').kind.version));`;
  const start = () => execFileSync(process.execPath, ['--input-type=module', '-e', show], { cwd: root }).toString();
  expect(start()).toBe('1');
  writeFileSync(file, readFileSync(file, 'utf8').replace('version: 1', 'version: 7'));
  expect(start()).toBe('7');
});
