import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const unindented = (text: string) => text.replaceAll(/^ +/gm, '').trim();
const page = read('docs/handlers.md');

test('Each example of docs/handlers.md is a part of the example kind, which a test runs', () => {
  const examples = [...page.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code = '']) => unindented(code));
  expect(examples.length).toBeGreaterThan(7);
  const source = unindented(read('examples/kinds/page.archive/run.ts'));
  expect(examples.filter((code) => !source.includes(code))).toEqual([]);
});

test('docs/handlers.md has an example of each member of a handler’s context', () => {
  const [, members = ''] =
    /export interface HandlerContext \{\n([^]*?)\n\}/.exec(read('libs/kinds/src/context.ts')) ?? [];
  const names = [...members.matchAll(/^ {2}(?:readonly )?(\w+)[:(]/gm)].map(([, name]) => name);
  expect(names).toContain('progress');
  const examples = [...page.matchAll(/^```ts\n([^]*?)^```/gm)].join('\n');
  expect(names.filter((name) => !examples.includes(`ctx.${name}`))).toEqual([]);
});
