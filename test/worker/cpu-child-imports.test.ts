import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const entry = fileURLToPath(new URL('../../apps/worker/dist/execute/child.js', import.meta.url));
const module = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
const sayLoaded = module(`
  import { writeSync } from 'node:fs';
  export const load = (url, context, next) => (writeSync(2, url + '\\n'), next(url, context));`);
const hook = module(`import { register } from 'node:module'; register(${JSON.stringify(sayLoaded)});`);

test('The process of a CPU handler starts without any third-party package, since zod alone was half of its start time', async () => {
  const child = fork(entry, { execArgv: ['--import', hook], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const said = text(child.stderr ?? Readable.from([]));
  expect((await once(child, 'message'))[0]).toEqual({ type: 'ready' });
  child.disconnect();
  const modules = (await said).trim().split('\n');
  expect(modules).toContainEqual(expect.stringContaining('/libs/kinds/dist/handlers.js'));
  expect(modules.filter((url) => url.includes('/node_modules/'))).toEqual([]);
});
