import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { atEndOfFile } from '../support/end-of-file.ts';
import { root } from '../support/root.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings } from '../support/apps/start-turno.ts';

const [, session = ''] =
  /## One session[^]*?```sh\n([^]*?)```/.exec(readFileSync(path.join(root, 'README.md'), 'utf8')) ?? [];

/** What the commands of the session print, in their order. */
const printed = [
  /"id":"job_\w+".*"state":"queued"/,
  /event: progress/,
  /event: done/,
  /"state":"completed"/,
  /^\{"sum":"333333332833333333500000000"\}$/,
  /^\{"sum":"332833500"\}$/,
  /^\{"jobs":\[\{"id":"job_.*"state":"queued"/,
  /^\{"jobs":\[.*"nextCursor":"/,
  /"status":422.*"pointer":"\/input\/n".*"pointer":"\/input\/x","detail":"is not a known field"/,
  /"key":"tno_live_/,
  /"plan"/,
  /320 × 200/,
];

test('Each command of the README’s session prints what the README says, with one slot for CPU work', async () => {
  const files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  const turno = await startTurno({ FILES_PUBLIC_URL: files.addresses['files'] ?? '', CPU_CONCURRENCY: '1' });
  const dir = await mkdtemp(path.join(tmpdir(), 'turno-session-'));
  atEndOfFile(() => rm(dir, { recursive: true }));
  const script = session
    .replace('$(cat .turno/key)', turno.key)
    .replaceAll('localhost:3000', turno.api.replace('http://', ''))
    .replace('.turno/small.webp', path.join(dir, 'small.webp'));
  const env = { PATH: process.env.PATH, TURNO_URL: turno.api };
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: root, env, maxBuffer: 50_000_000 });
  const lines = stdout.split('\n');
  for (const pattern of printed) {
    const at = lines.findIndex((line) => pattern.test(line));
    expect(at, `${pattern} in:\n${lines.join('\n').slice(0, 2_000)}`).toBeGreaterThanOrEqual(0);
    lines.splice(0, at + 1);
  }
});
