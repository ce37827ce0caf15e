import { execFile } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { atEndOfFile } from '../support/end-of-file.ts';
import { root } from '../support/root.ts';
import { startTurno } from '../support/apps/start-turno.ts';

const run = promisify(execFile);
const source = path.join(root, 'examples/typed-client');
/** Inside the folder, so that its own packages are found; `dist` is where nothing is kept. */
const folder = path.join(source, 'dist', String(process.pid));

test('A client that is generated from the document compiles and runs the main session', async () => {
  atEndOfFile(() => rm(folder, { recursive: true, force: true }));
  const turno = await startTurno();
  for (const file of ['session.ts', 'tsconfig.json', 'package.json']) {
    await cp(path.join(source, file), path.join(folder, file));
  }
  const document = await (await turno.request('/openapi.json')).text();
  await writeFile(path.join(folder, 'openapi.json'), document);
  const programs = createRequire(path.join(source, 'package.json'));
  const generator = path.join(path.dirname(programs.resolve('openapi-typescript/package.json')), 'bin/cli.js');
  // Without the option a field that has a default would be one that must be sent.
  const options = ['--default-non-nullable', 'false', '-o', 'schema.d.ts'];
  await run(process.execPath, [generator, 'openapi.json', ...options], { cwd: folder });
  await run(process.execPath, [programs.resolve('typescript/bin/tsc'), '-p', '.'], { cwd: folder });
  const { stdout } = await run(process.execPath, ['dist/session.js', turno.api, turno.key], { cwd: folder });
  expect(JSON.parse(stdout)).toEqual({
    output: { sum: '332833500' },
    missing: 'job-not-found',
    kind: 'math.sum-of-squares',
  });
});
