import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Problem } from '@turno/contract';
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
 * Reads a body that says it is JSON, unpacked. Throws `unsupported-media-type`, `payload-too-large` (for what is sent and for what
 * it unpacks to, without unpacking the rest) and `invalid-json` when it cannot be unpacked. What is left of a refused body is
 * read and thrown away by node.
 */
export async function readBody(req: IncomingMessage, bytesMax: number): Promise<Buffer> {
  checkType(req.headers['content-type']);
  if (Number(req.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() || 'identity';
  if (encoding === 'identity') return collect(req, bytesMax);
  if (!isDecodable(encoding)) {
    throw new Problem('unsupported-media-type', {
      detail: `the content encoding ${encoding} is not one of gzip, deflate, br`,
      headers: { 'Accept-Encoding': 'gzip, deflate, br' },
    });
  }
  return unpack(req, encoding, bytesMax);
}

function checkType(type: string | undefined): void {
  if (type === undefined || !jsonType.test(type)) {
    const headers = { Accept: 'application/json' };
    throw new Problem('unsupported-media-type', { detail: 'the Content-Type must be application/json', headers });
  }
  const named = charset.exec(type)?.[1]?.toLowerCase();
  if (named !== undefined && named !== 'utf-8' && named !== 'utf8') {
    throw new Problem('unsupported-media-type', { detail: 'JSON is UTF-8, the Content-Type names another charset' });
  }
}

function isDecodable(encoding: string): encoding is keyof typeof decoders {
  return Object.hasOwn(decoders, encoding);
}

function collect(source: Readable, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (error?: Error) => {
      source.off('data', take).off('end', settle).off('error', fail).off('close', fail);
      if (error) reject(error);
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bytesMax) settle(tooLarge(bytesMax));
      else chunks.push(chunk);
    };
    const fail = (cause?: Error) => settle(new Problem('bad-request', { detail: 'the body ended early', cause }));
    source.on('data', take).once('end', settle).once('error', fail).once('close', fail);
  });
}

async function unpack(req: IncomingMessage, encoding: keyof typeof decoders, bytesMax: number): Promise<Buffer> {
  const decoder = decoders[encoding]();
  try {
    // Both counts matter: endless empty gzip members unpack to nothing.
    const [unpacked] = await Promise.all([collect(req.pipe(decoder), bytesMax), collect(req, bytesMax)]);
    return unpacked;
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
