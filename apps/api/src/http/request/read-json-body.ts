import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Problem, quoteText } from '@turno/contract';
import { parseStrictJson } from './strict-json.ts';

const jsonType = /^application\/(?:[\w.!#$&^-]+\+)?json[ \t]*(?:;|$)/i;
const charset = /;[ \t]*charset[ \t]*=[ \t]*"?([^";, \t]*)/i;

const decoders = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

/** Reads the body as strict JSON. Throws what `readBody` throws, and `invalid-json`. */
export async function readJsonBody(req: IncomingMessage, bytesMax: number): Promise<unknown> {
  return parseStrictJson(await readBody(req, bytesMax));
}

/**
 * Reads and decompresses a body of a JSON media type.
 * Throws `unsupported-media-type`, `payload-too-large` (before and after decompression, without decompressing the rest)
 * and `invalid-json` when it cannot be decompressed. Node reads and drops the rest of a rejected body.
 */
export async function readBody(req: IncomingMessage, bytesMax: number): Promise<Buffer> {
  checkType(req.headers['content-type']);
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return collect(req, bytesMax);
  if (!isDecodable(encoding)) {
    throw new Problem('unsupported-media-type', {
      detail: `the content encoding ${quoteText(encoding)} is not one of gzip, deflate, br`,
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  }
  return decompress(req, encoding, bytesMax);
}

function checkType(type: string | undefined): void {
  if (type === undefined || !jsonType.test(type)) {
    const headers = { Accept: 'application/json' };
    throw new Problem('unsupported-media-type', { detail: 'the Content-Type must be application/json', headers });
  }
  const named = charset.exec(type)?.[1]?.toLowerCase();
  if (named !== undefined && named !== 'utf-8' && named !== 'utf8') {
    throw new Problem('unsupported-media-type', {
      detail: 'JSON is UTF-8, but the Content-Type names another charset',
    });
  }
}

function isDecodable(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding);
}

function collect(source: Readable, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const finish = (error?: Error) => {
      source.off('data', addChunk).off('end', finish).off('error', fail).off('close', fail);
      if (error) reject(error);
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const addChunk = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) finish(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    const fail = (cause?: Error) =>
      finish(new Problem('bad-request', { detail: 'the connection closed before the end of the body', cause }));
    source.on('data', addChunk).once('end', finish).once('error', fail).once('close', fail);
  });
}

async function decompress(req: IncomingMessage, encoding: keyof typeof decoders, bytesMax: number): Promise<Buffer> {
  const decoder = decoders[encoding]();
  try {
    // Both sizes are limited: endless empty gzip members decompress to nothing.
    const [decompressed] = await Promise.all([collect(req.pipe(decoder), bytesMax), collect(req, bytesMax)]);
    return decompressed;
  } catch (error) {
    if (error instanceof Problem && error.code === 'payload-too-large') throw error;
    throw new Problem('invalid-json', { detail: `the body is not valid ${encoding}`, cause: error });
  } finally {
    req.unpipe(decoder);
    decoder.destroy();
  }
}

function tooLarge(bytesMax: number): Problem {
  return new Problem('payload-too-large', { detail: `the body is larger than ${bytesMax} bytes` });
}
