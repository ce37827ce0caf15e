import type { z } from 'zod';
import sharp, { type Sharp } from 'sharp';
import { PermanentFailure } from '../permanent-failure.ts';
import { isShowableCutJpeg } from './cut-jpeg.ts';
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

/** An image whose size was checked. */
export interface CheckedImage {
  bytes: Buffer;
  /** `none`: the end of the file is missing, and what is left is shown. */
  failOn: 'error' | 'none';
}

/** Checks the size in the image header, before anything is decoded. Throws `image-unreadable` or `image-too-large`. */
export async function checkImage(bytes: Buffer): Promise<CheckedImage> {
  const { width, height, pageHeight } = await asImageFailure(() =>
    sharp(bytes, { failOn: 'error', limitInputPixels: false }).metadata(),
  );
  if (width * (pageHeight ?? height) > pixelsMax) {
    throw new PermanentFailure('image-too-large', `the image has ${width} × ${height} pixels, more than 50 million`);
  }
  return { bytes, failOn: (await isShowableCutJpeg(bytes)) ? 'none' : 'error' };
}

/** Makes one thumbnail: upright, in sRGB and without metadata. */
export async function makeThumbnail(
  image: CheckedImage,
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

function open({ bytes, failOn }: CheckedImage): Sharp {
  return sharp(bytes, { failOn, limitInputPixels: pixelsMax, pages: 1, autoOrient: true });
}

function resize(image: Sharp, size: Input['sizes'][number], format: Input['format']): Sharp {
  // A long strip enlarged to the requested width would have billions of pixels, so a fit with the aspect ratio never
  // enlarges.
  const keepsRatio = size.fit === 'inside' || size.fit === 'outside' || !size.width || !size.height;
  // sharp pads after it flattens, whatever the order of the calls, and a JPEG has no transparency: its padding is
  // white.
  const background = { r: 255, g: 255, b: 255, alpha: format === 'jpeg' ? 1 : 0 };
  const resized = image.resize({
    ...(size.width === undefined ? {} : { width: size.width }),
    ...(size.height === undefined ? {} : { height: size.height }),
    fit: size.fit,
    withoutEnlargement: keepsRatio,
    background,
  });
  return format === 'jpeg' ? resized.flatten({ background: 'white' }) : resized;
}

/** The longest side of an output. sharp names the format in its error, and AVIF as HEIF. */
const sidesMax = { webp: 16_383, jpeg: 65_535, heif: 16_384 } as const;

/**
 * Converts an error of sharp to a permanent failure of the image, in words of our own: those of the decoders are pages
 * about their insides. Errors of memory and of the encoder are thrown on.
 */
async function asImageFailure<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, format] = /too large for the (webp|jpeg|heif) format/i.exec(message) ?? [];
    if (format !== undefined) {
      const sideMax = sidesMax[format.toLowerCase() as keyof typeof sidesMax];
      const detail =
        `a thumbnail would have a side of more than ${sideMax} pixels, which its format cannot have; ` +
        'give both width and height';
      throw new PermanentFailure('image-too-large', detail, { cause: error });
    }
    if (/pixel limit|security limit|bad dimensions|exceeds the maximum/i.test(message))
      throw new PermanentFailure('image-too-large', 'the image has more than 50 million pixels', { cause: error });
    if (/memory|alloc|encod/i.test(message)) throw error;
    const detail = 'the image is damaged, or is no JPEG, PNG, WebP, AVIF, GIF or TIFF';
    throw new PermanentFailure('image-unreadable', detail, { cause: error });
  }
}
