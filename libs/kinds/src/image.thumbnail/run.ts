import type { HandlerContext } from '../context.ts';
import type { Handler } from '../define-kind.ts';
import { PermanentFailure } from '../permanent-failure.ts';
import type { kind } from './kind.ts';
import { checkImage, makeThumbnail } from './make-thumbnail.ts';

const fetchedBytesMax = 32 * 1024 * 1024;
const inlineBytesMax = 16 * 1024;

export const run: Handler<typeof kind> = async (input, ctx) => {
  const { sizes, format, quality } = input;
  const image = await checkImage(await readImage(input, ctx));
  const images = [];
  for (const size of sizes) {
    const { bytes, contentType, ...measures } = await makeThumbnail(image, size, { format, quality });
    const name = `${measures.width}x${measures.height}.${format}`;
    const { fileId } = await ctx.files.write({ name, contentType, bytes });
    const base64 = bytes.length <= inlineBytesMax ? bytes.toString('base64') : null;
    images.push({ contentType, ...measures, bytes: bytes.length, fileId, base64 });
    ctx.progress((100 * images.length) / sizes.length);
  }
  return { images };
};

async function readImage(
  { dataBase64 = '', fileId, url }: Parameters<typeof run>[0],
  ctx: HandlerContext,
): Promise<Buffer> {
  if (fileId !== undefined) return Buffer.from((await ctx.files.read(fileId)).bytes);
  return url === undefined ? Buffer.from(dataBase64, 'base64') : download(url, ctx);
}

/** Downloads the image. A busy or broken server is worth another attempt; another error status is permanent. */
async function download(url: string, ctx: HandlerContext): Promise<Buffer> {
  const answer = await ctx.fetch({ url, bytesMax: fetchedBytesMax });
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
    throw new Error(`the image server answered ${answer.status}`);
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new PermanentFailure('image-not-fetched', `the image server answered ${answer.status}`);
  }
  if (answer.truncated) throw new PermanentFailure('image-too-large', 'the image has more than 32 MiB');
  return Buffer.from(answer.body);
}
