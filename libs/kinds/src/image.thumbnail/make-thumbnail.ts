import type { z } from 'zod';
import sharp, { type Sharp } from 'sharp';
import { PermanentFailure } from '../permanent-failure.ts';
import type { kind } from './kind.ts';

type Input = z.output<typeof kind.input>;

const pixelsMax = 50_000_000;

sharp.concurrency(1);
sharp.cache(false);
// Formats that can contain programs, such as SVG and PDF, are never read.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['Jpeg', 'Png', 'Webp', 'Heif', 'Nsgif', 'Tiff'].map((format) => `VipsForeignLoad${format}`),
});

/** Checks the size in the image header, before anything is decoded. Throws `image-unreadable` or `image-too-large`. */
export async function checkSize(image: Buffer): Promise<void> {
  const { width, height, pageHeight } = await asImageFailure(() =>
    sharp(image, { failOn: 'error', limitInputPixels: false }).metadata(),
  );
  if (width * (pageHeight ?? height) > pixelsMax) {
    throw new PermanentFailure('image-too-large', `the image has ${width} × ${height} pixels, more than 50 million`);
  }
}

/** Makes one thumbnail: upright, in sRGB and without metadata. */
export async function makeThumbnail(
  image: Buffer,
  size: Input['sizes'][number],
  { format, quality }: Pick<Input, 'format' | 'quality'>,
) {
  const { data, info } = await asImageFailure(() =>
    resize(open(image), size, format)
      .toColourspace('srgb')
      .toFormat(format, { quality })
      .toBuffer({ resolveWithObject: true }),
  );
  return { contentType: `image/${format}`, width: info.width, height: info.height, bytes: data };
}

function open(image: Buffer): Sharp {
  return sharp(image, { failOn: 'error', limitInputPixels: pixelsMax, pages: 1, autoOrient: true });
}

function resize(image: Sharp, size: Input['sizes'][number], format: Input['format']): Sharp {
  // A long strip enlarged to the requested width would have billions of pixels, so a fit with the aspect ratio never
  // enlarges.
  const keepsRatio = size.fit === 'inside' || size.fit === 'outside' || !size.width || !size.height;
  const transparent = { r: 255, g: 255, b: 255, alpha: 0 };
  const resized = image.resize({
    ...(size.width === undefined ? {} : { width: size.width }),
    ...(size.height === undefined ? {} : { height: size.height }),
    fit: size.fit,
    withoutEnlargement: keepsRatio,
    background: transparent,
  });
  return format === 'jpeg' ? resized.flatten({ background: 'white' }) : resized;
}

/**
 * Converts an error of sharp to a permanent failure of the image.
 * Errors of memory and of the encoder are thrown on.
 */
async function asImageFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/memory|alloc|encod/i.test(message)) throw error;
    const code = /pixel limit/i.test(message) ? 'image-too-large' : 'image-unreadable';
    throw new PermanentFailure(code, `the image cannot be read: ${message}`, { cause: error });
  }
}
