import { pipeline, Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

/** The value of `Accept-Encoding`: the encodings that `readBody` decodes. */
export const acceptedEncodings = 'gzip, br';

export interface LimitedBody {
  body: Uint8Array;
  truncated: boolean;
}

export interface BodyOptions {
  /** The value of `Content-Encoding`, in lower case. */
  encoding: string | undefined;
  bytesMax: number;
  /** Returns true for an error in the body that truncates it. Every other error is thrown. */
  truncates: (error: unknown) => boolean;
}

/**
 * Reads a body to its end or to `bytesMax` bytes after decompression.
 * The rest is never read, so that a small answer that decompresses to gigabytes costs no more than the limit. Throws
 * when the connection or the compressed data is broken, unless `truncates` accepts that; an empty body (HEAD, 204) is
 * never decoded.
 */
export async function readBody(raw: Readable, { encoding, bytesMax, truncates }: BodyOptions): Promise<LimitedBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of decode(raw, encoding)) {
      if (bytes + part.length > bytesMax) {
        chunks.push(part.subarray(0, bytesMax - bytes));
        return { body: join(chunks), truncated: true };
      }
      chunks.push(part);
      bytes += part.length;
    }
  } catch (error) {
    if (!truncates(error)) throw error;
    return { body: join(chunks), truncated: true };
  }
  return { body: join(chunks), truncated: false };
}

/** Returns true when `readBody` decompresses this `Content-Encoding`. */
export function isDecoded(encoding: string | undefined): boolean {
  return encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'br';
}

async function* decode(raw: Readable, encoding: string | undefined): AsyncGenerator<Uint8Array> {
  const source = raw[Symbol.asyncIterator]() as AsyncIterableIterator<Uint8Array>;
  const first = await source.next();
  if (first.done === true) return;
  const whole = startingWith(first.value, source);
  if (!isDecoded(encoding)) return yield* whole;
  // The empty callback prevents an unhandled error of a broken stream; the loop in readBody sees the error itself.
  const decoder = encoding === 'br' ? createBrotliDecompress() : createGunzip();
  yield* pipeline(Readable.from(whole, { objectMode: false }), decoder, () => {});
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

function join(chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}
