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

test.each([
  ['without arguments', [], /^Usage: /],
  ['beside no API', ['http://127.0.0.1:9', 'a-key'], /does not answer .*npm start/],
])('The webhook example %s prints one line with a mend, and no stack', async (_case, words, line) => {
  const example = path.join(root, 'examples/webhooks/receive.mjs');
  const failure = await run(process.execPath, [example, ...words]).then(
    () => ({ code: 0, stderr: '' }),
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(failure.code).toBe(1);
  expect(failure.stderr).toMatch(line);
  expect(failure.stderr.trim().split('\n')).toHaveLength(1);
});
