import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

const sidePixelsMax = 4_096;
const dataBytesMax = 1024 * 1024;
const side = z.int().min(1).max(sidePixelsMax);

const size = z
  .strictObject({
    width: side.optional(),
    height: side.optional(),
    fit: z
      .enum(['inside', 'outside', 'cover', 'contain', 'fill'])
      .default('inside')
      .describe('How the image is fitted to both sides; inside and outside keep the aspect ratio and never enlarge'),
  })
  .refine(({ width, height }) => width !== undefined || height !== undefined, 'needs a width, a height or both');

export const kind = defineKind({
  name: 'image.thumbnail',
  version: 2,
  queue: 'cpu',
  description:
    'Makes one or more thumbnails of a JPEG, PNG, WebP, AVIF, GIF (its first frame) or TIFF of up to 50 megapixels: ' +
    'rotated upright, in sRGB, without metadata. A JPEG whose end is missing is taken if half of the picture is there.',
  input: z
    .strictObject({
      dataBase64: z
        .base64('must be base64 with padding')
        .min(1, 'must not be empty')
        .max(Math.ceil(dataBytesMax / 3) * 4, `is longer than ${dataBytesMax} decoded bytes`)
        .refine((text) => decodedBytes(text) <= dataBytesMax, `is longer than ${dataBytesMax} decoded bytes`)
        .optional()
        .describe('The image itself, up to 1 MiB; use fileId or url for a larger one'),
      fileId: z
        .string()
        .regex(/^file_/, 'must be the id of a file')
        .max(40)
        .optional()
        .describe('The id of an uploaded image'),
      url: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .max(4_096)
        .optional()
        .describe('The URL of an image of up to 32 MiB'),
      sizes: z.array(size).min(1).max(8),
      format: z.enum(['webp', 'jpeg', 'avif']).default('webp'),
      quality: z.int().min(1).max(100).default(80),
    })
    .refine(
      (input) => [input.dataBase64, input.fileId, input.url].filter((source) => source !== undefined).length === 1,
      {
        path: ['dataBase64'],
        error: 'give exactly one of dataBase64, fileId and url',
      },
    ),
  output: z.strictObject({
    images: z
      .array(
        z.strictObject({
          contentType: z.string(),
          width: z.int(),
          height: z.int(),
          bytes: z.int(),
          fileId: z.string(),
          base64: z.string().nullable().describe('The thumbnail itself when it has at most 16 KiB'),
        }),
      )
      .describe('In the order of sizes'),
  }),
  example: {
    dataBase64: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    sizes: [{ width: 320 }],
  },
  cacheable: true,
});

function decodedBytes(base64: string): number {
  return (base64.length / 4) * 3 - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
}
