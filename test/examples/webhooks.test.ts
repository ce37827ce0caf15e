import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';
import { startTurno } from '../support/apps/start-turno.ts';

const run = promisify(execFile);

test('The webhook example accepts a signed delivery and refuses a forged one', async () => {
  const turno = await startTurno({ OUTBOUND_ALLOW_HOSTS: '127.0.0.1' });
  const example = path.join(root, 'examples/webhooks/receive.mjs');
  const { stdout } = await run(process.execPath, [example, turno.api, turno.key], { timeout: 200_000 });
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { forged: 401 },
    { type: 'job.completed', job: expect.stringMatching(/^job_/), output: { sum: '332833500' } },
  ]);
});
