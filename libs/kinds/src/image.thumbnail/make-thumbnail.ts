import type { z } from 'zod';
import sharp, { type Sharp } from 'sharp';
import { PermanentFailure } from '../permanent-failure.ts';
import type { kind } from './kind.ts';

type Input = z.output<typeof kind.input>;

const pixelsMax = 50_000_000;

sharp.concurrency(1);
sharp.cache(false);
// Formats that are programs rather than pictures, such as SVG and PDF, are not read at all.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
});

/** Throws `image-unreadable` or `image-too-large` from the header alone, before anything is decoded. */
export async function readSize(picture: Buffer): Promise<void> {
  const { width, height, pageHeight } = await orUnreadable(() =>
    sharp(picture, { failOn: 'error', limitInputPixels: false }).metadata(),
  );
  if (width * (pageHeight ?? height) > pixelsMax) {
    throw new PermanentFailure('image-too-large', `the picture has ${width} × ${height} pixels, more than 50 million`);
  }
}

/** Upright, in sRGB and without metadata, which are sharp's own defaults but for the first. */
export async function makeThumbnail(
  picture: Buffer,
  size: Input['sizes'][number],
  { format, quality }: Pick<Input, 'format' | 'quality'>,
) {
  const { data, info } = await orUnreadable(() =>
    resize(open(picture), size, format)
      .toColourspace('srgb')
      .toFormat(format, { quality })
      .toBuffer({ resolveWithObject: true }),
  );
  return { contentType: `image/${format}`, width: info.width, height: info.height, bytes: data };
}

function open(picture: Buffer): Sharp {
  return sharp(picture, { failOn: 'error', limitInputPixels: pixelsMax, pages: 1, autoOrient: true });
}

function resize(image: Sharp, size: Input['sizes'][number], format: Input['format']): Sharp {
  // A long strip blown up to the asked width would have billions of pixels, so what keeps its shape only gets smaller.
  const keepsShape = size.fit === 'inside' || size.fit === 'outside' || !size.width || !size.height;
  const transparent = { r: 255, g: 255, b: 255, alpha: 0 };
  const resized = image.resize({
    ...(size.width === undefined ? {} : { width: size.width }),
    ...(size.height === undefined ? {} : { height: size.height }),
    fit: size.fit,
    withoutEnlargement: keepsShape,
    background: transparent,
  });
  return format === 'jpeg' ? resized.flatten({ background: 'white' }) : resized;
}

/** What sharp throws is about the picture, but for memory that ran out and an encoder that failed: those are passed on. */
async function orUnreadable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/memory|alloc|encod/i.test(message)) throw error;
    const code = /pixel limit/i.test(message) ? 'image-too-large' : 'image-unreadable';
    throw new PermanentFailure(code, `the picture cannot be read: ${message}`, { cause: error });
  }
}
