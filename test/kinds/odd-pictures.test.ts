import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isPermanentFailure } from '@turno/kinds';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { kind } from '../../libs/kinds/src/image.thumbnail/kind.ts';
import { checkImage, makeThumbnail } from '../../libs/kinds/src/image.thumbnail/make-thumbnail.ts';
import { root } from '../support/root.ts';

type Format = 'webp' | 'jpeg' | 'avif';
type Size = Parameters<typeof makeThumbnail>[1];

async function thumbnailOf(image: Buffer, size: Size, format: Format = 'webp') {
  return makeThumbnail(await checkImage(image), size, { format, quality: 90 });
}

/** Returns the code and the message of a permanent failure; throws what is none. */
async function failureOf(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isPermanentFailure(error)) throw new Error('is no permanent failure', { cause: error });
  return { code: error.code, message: error.message };
}

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: { r: 200, g: 30, b: 30 } } });

/** Noise, which takes bytes in every line of a JPEG. */
const noise = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: 'white', noise: { type: 'gaussian', mean: 120, sigma: 40 } },
  });

async function pixelAt(image: Buffer, left: number, top: number): Promise<number[]> {
  return [...(await sharp(image).extract({ left, top, width: 1, height: 1 }).raw().toBuffer())];
}

describe('Padding', () => {
  test.each([
    ['an opaque picture', 1],
    ['a transparent picture', 0],
  ])('The padding of a contained JPEG of %s is white', async (_what, alpha) => {
    const background = { r: 200, g: 30, b: 30, alpha };
    const image = await sharp({ create: { width: 40, height: 20, channels: 4, background } })
      .png()
      .toBuffer();
    const { bytes } = await thumbnailOf(image, { width: 40, height: 40, fit: 'contain' }, 'jpeg');
    for (const [left, top] of [
      [0, 0],
      [39, 39],
      [20, 2],
    ] as const)
      expect(Math.min(...(await pixelAt(bytes, left, top)))).toBeGreaterThan(240);
    const [, green = 0] = await pixelAt(bytes, 20, 20);
    expect(Math.round(green / 30)).toBe(alpha === 0 ? 9 : 1);
  });

  test('The padding of a contained WebP is transparent', async () => {
    const { bytes } = await thumbnailOf(await plain(40, 20).png().toBuffer(), {
      width: 40,
      height: 40,
      fit: 'contain',
    });
    expect((await pixelAt(bytes, 0, 0))[3]).toBe(0);
  });
});

describe('An image that is too large', () => {
  test.each<[Format, number, number, string]>([
    ['webp', 400, 20_000, '16383'],
    ['avif', 20_000, 30, '16384'],
    ['jpeg', 20, 70_000, '65535'],
  ])(
    'A %s that would be larger than its format can be fails for good and says the limit',
    async (format, width, height, limit) => {
      const image = await plain(width, height).png().toBuffer();
      const failure = await failureOf(
        thumbnailOf(image, { [width < height ? 'width' : 'height']: 400, fit: 'inside' }, format),
      );
      expect(failure.code).toBe('image-too-large');
      expect(failure.message).toContain(limit);
    },
  );

  test.each([
    [65_536, 65_536],
    [8_000, 8_000],
    [4_294_967_295, 4_294_967_295],
    [64, 4_294_967_295],
  ])('An AVIF whose header has %i × %i pixels fails for good before it is decoded', async (width, height) => {
    const image = await plain(64, 64).avif().toBuffer();
    const header = image.indexOf('ispe');
    image.writeUInt32BE(width, header + 8);
    image.writeUInt32BE(height, header + 12);
    const failure = await failureOf(thumbnailOf(image, { width: 10, fit: 'inside' }));
    expect(failure.code).toBe('image-too-large');
    expect(failure.message).toMatch(/^the image has .*more than 50 million/);
  });
});

describe('An image that cannot be read', () => {
  const damaged = async (change: (image: Buffer) => Buffer) => change(await plain(64, 64).avif().toBuffer());
  test.each<[string, Promise<Buffer>]>([
    ['an AVIF with damaged boxes', damaged((image) => image.fill(7, 200))],
    ['an AVIF cut in its data', damaged((image) => image.subarray(0, image.length - 20))],
    [
      'an AVIF without a size',
      damaged((image) => image.fill(0, image.indexOf('ispe') + 8, image.indexOf('ispe') + 16)),
    ],
    [
      'a PNG cut in its data',
      noise(64, 64)
        .png()
        .toBuffer()
        .then((image) => image.subarray(0, image.length / 2)),
    ],
    ['a text', Promise.resolve(Buffer.from('hello'))],
    ['a byte', Promise.resolve(Buffer.of(255))],
  ])('The failure of %s has one line in words of our own', async (_what, image) => {
    const failure = await failureOf(image.then((bytes) => thumbnailOf(bytes, { width: 10, fit: 'inside' })));
    expect(failure).toEqual({
      code: 'image-unreadable',
      message: 'the image is damaged, or is no JPEG, PNG, WebP, AVIF, GIF or TIFF',
    });
  });

  test('An input with an empty image is rejected with a pointer', () => {
    const parsed = kind.input.safeParse({ dataBase64: '', sizes: [{ width: 1 }] });
    expect(parsed.error?.issues.map(({ path: at, message }) => [at, message])).toEqual([
      [['dataBase64'], 'must not be empty'],
    ]);
  });
});

describe('A JPEG that lacks its end', () => {
  const cut = async (share: number, options: object = {}) => {
    const image = await noise(320, 240).jpeg(options).toBuffer();
    return image.subarray(0, share === 1 ? image.length - 2 : Math.floor(image.length * share));
  };

  test.each([1, 0.98, 0.8, 0.6])('A JPEG with a share of %f of its bytes makes a thumbnail', async (share) => {
    for (const options of [{}, { progressive: true }]) {
      const { width, height } = await thumbnailOf(await cut(share, options), { width: 32, fit: 'inside' });
      expect([width, height]).toEqual([32, 24]);
    }
  });

  test.each([0.3, 0.05])('A JPEG with a share of %f of its bytes fails for good', async (share) => {
    expect((await failureOf(cut(share).then((image) => thumbnailOf(image, { width: 32, fit: 'inside' })))).code).toBe(
      'image-unreadable',
    );
  });

  const shared = path.join(root, '../shared/images');
  test.skipIf(!existsSync(shared))(
    'A photo without its last bytes makes a thumbnail, and a tenth of it fails',
    async () => {
      const photo = readFileSync(path.join(shared, 'photo-2725x2225.jpg'));
      for (const missing of [1, 2, 1_000, 100_000])
        expect((await thumbnailOf(photo.subarray(0, photo.length - missing), { width: 32, fit: 'inside' })).width).toBe(
          32,
        );
      const tenth = thumbnailOf(photo.subarray(0, photo.length / 10), { width: 32, fit: 'inside' });
      expect((await failureOf(tenth)).code).toBe('image-unreadable');
    },
  );
});
