import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { atEndOfFile } from '../support/end-of-file.ts';

const entry = fileURLToPath(new URL('../../apps/worker/dist/execute/child.js', import.meta.url));
const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const sayLoaded = module(`
  import { writeSync } from 'node:fs';
  export const load = (url, context, next) => (writeSync(2, url + '\\n'), next(url, context));`);
const hook = module(`import { register } from 'node:module'; register(${JSON.stringify(sayLoaded)});`);

/** As the folder for temporary files of whoever starts such a process by hand: it has no name of ours. */
const folder = mkdtempSync(path.join(tmpdir(), 'not-of-a-job-'));
const env = { PATH: process.env.PATH, TMPDIR: folder };
atEndOfFile(() => rmSync(folder, { recursive: true }));

test('The process of a CPU handler starts without any third-party package, since zod alone was half of its start time', async () => {
  const child = fork(entry, { env, execArgv: ['--import', hook], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const said = text(child.stderr ?? Readable.from([]));
  expect((await once(child, 'message'))[0]).toEqual({ type: 'ready' });
  child.disconnect();
  const modules = (await said).trim().split('\n');
  expect(modules).toContainEqual(expect.stringContaining('/libs/kinds/dist/handlers.js'));
  expect(modules.filter((url) => url.includes('/node_modules/'))).toEqual([]);
});

test('The process of a CPU handler empties no folder for temporary files but the one that its worker named', async () => {
  const file = path.join(folder, 'of-somebody');
  writeFileSync(file, '');
  const child = fork(entry, { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  expect((await once(child, 'message'))[0]).toEqual({ type: 'ready' });
  child.disconnect();
  expect(existsSync(file)).toBe(true);
});
