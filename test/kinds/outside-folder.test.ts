import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { run } from '../support/jobs.ts';
import { startTurno } from '../support/apps/start-turno.ts';

/** A folder far from the project, without node_modules. */
function makeFolder(files: Record<string, string>): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-kinds-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  }
  return dir;
}

const kind = (name: string, queue: string) => `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: '${name}', version: 1, queue: '${queue}', description: 'Greets.',
  input: z.strictObject({ name: z.string().min(1) }), output: z.strictObject({ greeting: z.string() }),
  example: { name: 'Ada' },
});`;

test('Kinds in a KINDS_DIR outside the project run, in TypeScript and in JavaScript', async () => {
  const dir = makeFolder({
    'greet.typed/kind.ts': kind('greet.typed', 'cpu'),
    'greet.typed/run.ts': `
import { PermanentFailure, type Handler } from '@turno/kinds';
import type { kind } from './kind.ts';
import { hello } from './hello.ts';
export const run: Handler<typeof kind> = ({ name }) => {
  if (name === 'nobody') throw new PermanentFailure('nobody-there', 'There is nobody.');
  return { greeting: hello(name) };
};`,
    'greet.typed/hello.ts': 'export const hello = (name: string): string => `Hello ${name}`;',
    'greet.plain/kind.js': kind('greet.plain', 'io'),
    'greet.plain/run.js': 'export const run = ({ name }) => ({ greeting: `Hi ${name}` });',
  });
  const turno = await startTurno({ KINDS_DIR: dir });
  expect((await run(turno, 'greet.typed', { name: 'Ada' })).output).toEqual({ greeting: 'Hello Ada' });
  expect((await run(turno, 'greet.plain', { name: 'Bob' })).output).toEqual({ greeting: 'Hi Bob' });
  expect(await run(turno, 'greet.typed', { name: 'nobody' })).toMatchObject({
    state: 'failed',
    attempt: 1,
    error: { code: 'nobody-there', message: 'There is nobody.' },
  });
  const refused = await turno.request('/v1/jobs', { body: { kind: 'greet.typed', input: { nam: 'Ada' } } });
  expect(refused.status).toBe(422);
  const { errors } = (await refused.json()) as { errors: { pointer: string }[] };
  expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/input/nam', '/input/name']);
  const listed = (await (await turno.request('/v1/kinds')).json()) as { kinds: { name: string }[] };
  expect(listed.kinds.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['greet.plain', 'greet.typed', 'http.request']),
  );
});
