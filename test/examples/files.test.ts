import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run as runJob } from '../support/jobs.ts';
import { root } from '../support/root.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings, type Turno } from '../support/apps/start-turno.ts';

const run = promisify(execFile);
let turno: Turno;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'turno-example-'));
  const files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  turno = await startTurno({
    FILES_PUBLIC_URL: files.addresses['files'] ?? '',
    KINDS_DIR: path.join(root, 'examples/kinds'),
    OUTBOUND_ALLOW_HOSTS: '127.0.0.1',
  });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/**
 * Some 39 megapixels of noise, which no encoder makes small. It repeats itself, out of step with the lines: making it
 * is no part of the test.
 */
async function largePhoto(file: string): Promise<number> {
  const raw = { width: 7_200, height: 5_400, channels: 3 } as const;
  const noise = Buffer.alloc(raw.width * raw.height * raw.channels, randomBytes(1_000_003));
  const photo = await sharp(noise, { raw }).jpeg({ quality: 92 }).toBuffer();
  await writeFile(file, photo);
  return photo.length;
}

/** Of the most memory that the process has ever held, in bytes. */
function peakOf(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

test('The files example uploads 30 MB, scales the photo and downloads it, and no byte passes through the API', async () => {
  const [photo, small] = [path.join(dir, 'photo.jpg'), path.join(dir, 'small.webp')];
  const bytes = await largePhoto(photo);
  expect(bytes).toBeGreaterThan(30_000_000);
  const measurable = existsSync('/proc/self/status');
  const before = measurable ? peakOf(turno.apiApp.pid) : 0;
  const example = path.join(root, 'examples/files/thumbnail-photo.mjs');
  const env = { PATH: process.env.PATH, TURNO_URL: turno.api, TURNO_KEY: turno.key };
  const { stdout } = await run(process.execPath, [example, photo, small], { env });
  expect(stdout).toMatch(/320 × 240, \d+ bytes of image\/webp/);
  expect(await sharp(await readFile(small)).metadata()).toMatchObject({ format: 'webp', width: 320, height: 240 });
  const grown = measurable ? peakOf(turno.apiApp.pid) - before : 0;
  console.log(
    `The API's memory peak grew by ${(grown / 1e6).toFixed(1)} MB for a photo of ${(bytes / 1e6).toFixed(1)} MB.`,
  );
  expect(grown).toBeLessThan(bytes / 2);
});

test('The photo that the examples bring is scaled to 320 × 200', async () => {
  const small = path.join(dir, 'scene.webp');
  const words = ['examples/files/thumbnail-photo.mjs', 'examples/files/photo.jpg', small];
  const env = { PATH: process.env.PATH, TURNO_URL: turno.api, TURNO_KEY: turno.key };
  const { stdout } = await run(process.execPath, words, { cwd: root, env });
  expect(stdout).toMatch(/320 × 200, \d+ bytes of image\/webp/);
});

const wrongKey = `tno_live_${'1'.repeat(26)}_${'w'.repeat(43)}`;

test.each([
  ['without a photo', [], {}, /^Usage: /],
  ['without a key', ['examples/files/photo.jpg', 'a.webp'], { TURNO_KEY: '' }, /^TURNO_KEY is not set/],
  [
    'with a wrong key',
    ['examples/files/photo.jpg', 'a.webp'],
    { TURNO_KEY: wrongKey },
    /TURNO_KEY is not valid: set it to/,
  ],
  ['with a photo that is not there', ['nowhere.jpg', 'a.webp'], {}, /^The photo cannot be read \(ENOENT.*name another/],
  ['with a file that is no photo', ['package.json', 'a.webp'], {}, /^The job is failed: /],
  [
    'beside no API',
    ['examples/files/photo.jpg', 'a.webp'],
    { TURNO_URL: 'http://127.0.0.1:9' },
    /does not answer .*npm start/,
  ],
] as const)(
  'The files example %s prints one line with a mend, and no stack',
  async (_case, words, environment, line) => {
    const env = { PATH: process.env.PATH, TURNO_URL: turno.api, TURNO_KEY: turno.key, ...environment };
    const example = run(process.execPath, ['examples/files/thumbnail-photo.mjs', ...words], { cwd: root, env });
    const failure = await example.then(
      () => ({ code: 0, stderr: '' }),
      (error: unknown) => error as { code: number; stderr: string },
    );
    expect(failure.code).toBe(1);
    expect(failure.stderr).toMatch(line);
    expect(failure.stderr.trim().split('\n')).toHaveLength(1);
  },
);

test('The example kind of docs/handlers.md uses each member of its context', async () => {
  let answers = 0;
  const site = createServer((request, response) => {
    answers += 1;
    if (request.url === '/missing') response.writeHead(404).end();
    else if (answers === 1) response.writeHead(503, { 'retry-after': '1' }).end();
    else response.end('<p>a page</p>');
  }).listen(0, '127.0.0.1');
  await once(site, 'listening');
  const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;

  const first = await runJob(turno, 'page.archive', { url });
  expect(first).toMatchObject({ state: 'completed', output: { bytes: 13, changed: true, archivedToday: 1 } });
  expect(first.attempts.map(({ error }) => error?.code)).toEqual(['site-busy', undefined]);
  const { fileId } = first.output as { fileId: string };
  const second = await runJob(turno, 'page.archive', { url, previousFileId: fileId });
  expect(second.output).toMatchObject({ changed: false, archivedToday: 2 });
  const missing = await runJob(turno, 'page.archive', { url: `${url}/missing` });
  expect(missing).toMatchObject({ state: 'failed', error: { code: 'no-page', attempt: 1 } });
  site.close();
});
