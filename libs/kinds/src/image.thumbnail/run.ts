import type { HandlerContext } from '../context.ts';
import type { Handler } from '../define-kind.ts';
import { PermanentFailure } from '../permanent-failure.ts';
import type { kind } from './kind.ts';
import { makeThumbnail, readSize } from './make-thumbnail.ts';

const fetchedBytesMax = 32 * 1024 * 1024;
const outputBytesMax = 8 * 1024 * 1024;

export const run: Handler<typeof kind> = async (input, ctx) => {
  const { dataBase64, url, sizes, format, quality } = input;
  const picture = url === undefined ? Buffer.from(dataBase64 ?? '', 'base64') : await download(url, ctx);
  await readSize(picture);
  const images = [];
  let bytes = 0;
  for (const size of sizes) {
    const image = await makeThumbnail(picture, size, { format, quality });
    bytes += image.base64.length;
    if (bytes > outputBytesMax) throw new PermanentFailure('output-too-large', 'the thumbnails are larger than 8 MiB');
    images.push(image);
    ctx.progress((100 * images.length) / sizes.length);
  }
  return { images };
};

/** A far side that is busy or broken is worth another attempt; one that says no is not. */
async function download(url: string, ctx: HandlerContext): Promise<Buffer> {
  const answer = await ctx.fetch({ url, bytesMax: fetchedBytesMax });
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
    throw new Error(`the picture's server answered ${answer.status}`);
  }
  if (answer.status < 200 || answer.status > 299) {
    throw new PermanentFailure('image-not-fetched', `the picture's server answered ${answer.status}`);
  }
  if (answer.truncated) throw new PermanentFailure('image-too-large', 'the picture has more than 32 MiB');
  return Buffer.from(answer.body);
}
