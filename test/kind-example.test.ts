import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadCatalogue, loadHandler } from '@turno/kinds';
import { expect, onTestFinished, test } from 'vitest';
import { root } from './support/root.ts';

test('The example kind works when its folder is copied to a place without node_modules', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-example-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  cpSync(path.join(root, 'examples/kinds'), dir, { recursive: true });
  const entry = (await loadCatalogue({ kindsDir: dir })).get('text.count-words');
  expect(entry?.runFile.startsWith(dir)).toBe(true);
  const handler = await loadHandler(entry?.runFile ?? '');
  expect(await handler(entry?.kind.example, {} as never)).toEqual({ words: 3 });
});
