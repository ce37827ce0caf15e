import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip } from 'node:zlib';

export const acceptedEncodings = 'gzip, br';

export interface CutBody {
  body: Uint8Array;
  truncated: boolean;
}

/**
 * Reads a body to its end or to `bytesMax` bytes after decompression, whichever comes first; the rest is never read, so a
 * small answer that unpacks to gigabytes costs no more than its limit. Throws when the compression is broken.
 */
export async function readBody(raw: Readable, encoding: string | undefined, bytesMax: number): Promise<CutBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of decode(raw, encoding)) {
    const part = chunk as Buffer;
    if (bytes + part.length > bytesMax) {
      chunks.push(part.subarray(0, bytesMax - bytes));
      return { body: join(chunks), truncated: true };
    }
    chunks.push(part);
    bytes += part.length;
  }
  return { body: join(chunks), truncated: false };
}

export function isDecoded(encoding: string | undefined): boolean {
  return encoding === 'gzip' || encoding === 'x-gzip' || encoding === 'br';
}

function decode(raw: Readable, encoding: string | undefined): Readable {
  if (!isDecoded(encoding)) return raw;
  // The callback of pipeline keeps a torn stream from being an unhandled error; the loop above sees the error itself.
  return pipeline(raw, encoding === 'br' ? createBrotliDecompress() : createGunzip(), () => {});
}

function join(chunks: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}
