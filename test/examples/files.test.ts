import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from '../support/root.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings, type Turno } from '../support/apps/start-turno.ts';

const run = promisify(execFile);
let turno: Turno;
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'turno-example-'));
  const files = await startApp('files', await testSettings({ FILES_PORT: '0' }));
  turno = await startTurno({ FILES_PUBLIC_URL: files.addresses['files'] ?? '' });
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Some 39 megapixels of noise, which no encoder makes small. It repeats itself, out of step with the lines: making it is no part of the test. */
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
