import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { run, show, submit } from '../support/jobs.ts';
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

/** The folder in which the worker has its copies of the kinds. */
function copiesOf(pid: number): string {
  const folders = readdirSync(tmpdir()).filter((name) => name.startsWith('turno-code-'));
  const ownerOf = (folder: string) =>
    (JSON.parse(readFileSync(path.join(tmpdir(), folder, 'owner'), 'utf8')) as { pid: number }).pid;
  const own = folders.find((folder) => ownerOf(folder) === pid);
  expect(own).toBeDefined();
  return path.join(tmpdir(), own ?? '');
}

test('Kinds in a KINDS_DIR outside the project run, in TypeScript and in JavaScript', async () => {
  const dir = makeFolder({
    'greet.typed/kind.ts': kind('greet.typed', 'cpu'),
    'greet.typed/run.ts': `
import { PermanentFailure, type Handler } from '@turno/kinds';
import type { kind } from './kind.ts';
import { hello } from './hello.ts';
export const run: Handler<typeof kind> = ({ name }) => {
  if (name === 'the end') process.exit(7);
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

  // The worker runs the code of its start, also in a new process. Where it cannot, the job goes back uncounted.
  const helloFile = path.join(dir, 'greet.typed/hello.ts');
  writeFileSync(helloFile, 'export const hello = () => `changed`;');
  expect(await run(turno, 'greet.typed', { name: 'the end' }, { maxAttempts: 1 })).toMatchObject({ state: 'failed' });
  expect((await run(turno, 'greet.typed', { name: 'Eve' })).output).toEqual({ greeting: 'Hello Eve' });
  const copies = copiesOf(turno.workerApp.pid);
  rmSync(path.join(copies, 'kinds/greet.typed', helloFile));
  expect(await run(turno, 'greet.typed', { name: 'the end' }, { maxAttempts: 1 })).toMatchObject({ state: 'failed' });
  const job = await submit(turno, 'greet.typed', { name: 'Fay' });
  await eventually(() => expect(turno.workerApp.output()).toMatch(/"to":"handed-back"/));
  expect(turno.workerApp.output()).toMatch(new RegExp(`${helloFile}.*restart this worker`));
  expect(await show(turno, job)).toMatchObject({ attempt: 0, error: null });
});
