import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { outputOf, run, show, submit } from '../support/jobs.ts';
import { root } from '../support/root.ts';
import { serve } from '../support/http/serve-files.ts';
import { startTurno, type Turno } from '../support/apps/start-turno.ts';

interface Thumbnails {
  images: { contentType: string; width: number; height: number; base64: string; fileId: string }[];
}

let turno: Turno;
beforeAll(async () => {
  turno = await startTurno({ OUTBOUND_ALLOW_HOSTS: '127.0.0.1', CPU_CONCURRENCY: '2' });
});

/**
 * Where EXIF 2.32 (tag 0x0112) puts the upright picture's top left corner in the stored one, and whether it lies on its
 * side.
 */
const storedCorners = [
  'top left',
  'top right',
  'bottom right',
  'bottom left',
  'top left',
  'bottom left',
  'bottom right',
  'top right',
];

/** Blue with a red top left quarter and 300 × 200 pixels when seen upright; stored turned as the orientation says. */
async function marked(orientation: number): Promise<Buffer> {
  const [width, height] = orientation < 5 ? [300, 200] : [200, 300];
  const corner = storedCorners[orientation - 1] ?? '';
  const quarter = { width: width / 2, height: height / 2, channels: 3 as const, background: 'red' };
  const left = corner.endsWith('left') ? 0 : width / 2;
  const top = corner.startsWith('top') ? 0 : height / 2;
  return sharp({ create: { width, height, channels: 3, background: 'blue' } })
    .composite([{ input: { create: quarter }, left, top }])
    .withMetadata({ orientation })
    .jpeg({ quality: 95 })
    .toBuffer();
}

async function thumbnailsOf(input: unknown): Promise<Thumbnails['images']> {
  const job = await run(turno, 'image.thumbnail', input);
  expect(job.error).toBeNull();
  return (await outputOf<Thumbnails>(turno, job)).images;
}

async function colourAt(base64: string, left: number, top: number): Promise<string> {
  const { data } = await sharp(Buffer.from(base64, 'base64'))
    .extract({ left, top, width: 1, height: 1 })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return (data[0] ?? 0) > 150 ? 'red' : (data[2] ?? 0) > 150 ? 'blue' : 'other';
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'The thumbnail of an image with EXIF orientation %i is upright',
  async (orientation) => {
    const dataBase64 = (await marked(orientation)).toString('base64');
    const [image] = await thumbnailsOf({ dataBase64, sizes: [{ width: 60 }], format: 'jpeg' });
    expect(image).toMatchObject({ contentType: 'image/jpeg', width: 60, height: 40 });
    const base64 = image?.base64 ?? '';
    const corners = await Promise.all(
      [
        [5, 5],
        [55, 5],
        [5, 35],
        [55, 35],
      ].map(([x = 0, y = 0]) => colourAt(base64, x, y)),
    );
    expect(corners).toEqual(['red', 'blue', 'blue', 'blue']);
  },
);

test('Thumbnails in every format and in several sizes come in the requested order, without metadata and in sRGB', async () => {
  const dataBase64 = (await marked(6)).toString('base64');
  for (const format of ['webp', 'jpeg', 'avif']) {
    const images = await thumbnailsOf({
      dataBase64,
      format,
      sizes: [{ width: 90 }, { width: 30, height: 30, fit: 'cover' }],
    });
    expect(images.map(({ contentType, width, height }) => [contentType, width, height])).toEqual([
      [`image/${format}`, 90, 60],
      [`image/${format}`, 30, 30],
    ]);
    const metadata = await sharp(Buffer.from(images[0]?.base64 ?? '', 'base64')).metadata();
    expect(metadata).toMatchObject({ space: 'srgb', width: 90, height: 60 });
    expect([metadata.exif, metadata.orientation]).toEqual([undefined, undefined]);
  }
});

const pictures = path.join(root, '../shared/images');

describe.skipIf(!existsSync(pictures))('Real images', () => {
  const serveShared = () =>
    serve((request, response) => void response.end(readFileSync(path.join(pictures, decodeURI(request.url ?? '')))));

  test('Thumbnails of a photo have its upright aspect ratio', async () => {
    const base = await serveShared();
    const names = readdirSync(pictures, { withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [entry.name] : [],
    );
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) {
      const { autoOrient } = await sharp(path.join(pictures, name)).metadata();
      const images = await thumbnailsOf({
        url: `${base}/${name}`,
        sizes: [{ width: 320 }, { width: 64, height: 64, fit: 'cover' }],
      });
      const height = Math.round((320 * autoOrient.height) / autoOrient.width);
      expect([name, images[0]?.width, Math.abs((images[0]?.height ?? 0) - height) <= 1]).toEqual([name, 320, true]);
      expect(images[1]).toMatchObject({ width: 64, height: 64 });
    }
  });

  test('A hostile image fails its own job, and another job runs on', async () => {
    const base = await serveShared();
    const other = await submit(turno, 'math.sum-of-squares', { n: 600_000_000 });
    for (const name of readdirSync(path.join(pictures, 'hostile'))) {
      const job = await run(turno, 'image.thumbnail', { url: `${base}/hostile/${name}`, sizes: [{ width: 100 }] });
      expect([name, job.state, job.attempt]).toEqual([name, 'failed', 1]);
      expect(job.error?.code).toMatch(/^image-(unreadable|too-large)$/);
    }
    expect((await run(turno, 'math.sum-of-squares', { n: 10 })).output).toEqual({ sum: '285' });
    expect(['running', 'completed']).toContain((await show(turno, other)).state);
    expect((await show(turno, other)).attempt).toBe(1);
  });
});

test('A file that is not an image fails without a retry, as image-unreadable', async () => {
  const text = {
    dataBase64: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>').toString('base64'),
    sizes: [{ width: 1 }],
  };
  expect(await run(turno, 'image.thumbnail', text)).toMatchObject({
    state: 'failed',
    attempt: 1,
    error: { code: 'image-unreadable' },
  });
});
