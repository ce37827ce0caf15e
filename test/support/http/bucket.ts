import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import aws4 from 'aws4';
import { onTestFinished } from 'vitest';

export const credentials = { accessKeyId: 'AKIATURNOTEST', secretAccessKey: 'not a secret at all' };
const region = 'us-east-1';

interface StoredObject {
  bytes: Buffer;
  contentType: string;
  /** Base64, as S3 keeps it; only when the writer sent it. */
  sha256: string | undefined;
}

/**
 * The part of S3 that a store of objects leans on, in memory. Each request is signed again by a package that is not the
 * AWS SDK and refused when the signatures differ; lengths, checksums and `If-None-Match` are held as S3 documents them.
 */
export async function openBucket(): Promise<{ endpoint: string; objects: Map<string, StoredObject> }> {
  const objects = new Map<string, StoredObject>();
  const server = createServer((req, res) => {
    void collect(req).then((body) => serve(objects, { req, res, body }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, objects };
}

interface RequestContext {
  req: IncomingMessage;
  res: ServerResponse;
  body: Buffer;
}

function serve(objects: Map<string, StoredObject>, { req, res, body }: RequestContext): void {
  const url = new URL(req.url ?? '/', 'http://bucket');
  if (!isSigned(req, body) || isExpired(url)) return end(res, 403, 'SignatureDoesNotMatch');
  if (req.method === 'POST' && url.searchParams.has('delete')) {
    for (const [, key] of body.toString().matchAll(/<Key>([^<]+)<\/Key>/g)) objects.delete(key ?? '');
    return void res.writeHead(200, { 'Content-Type': 'application/xml' }).end('<DeleteResult></DeleteResult>');
  }
  const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
  if (req.method === 'PUT') return put(objects, key, { req, res, body });
  const found = objects.get(key);
  if (found === undefined) return end(res, 404, 'NoSuchKey');
  res.writeHead(200, {
    'Content-Type': url.searchParams.get('response-content-type') ?? found.contentType,
    'Content-Disposition': url.searchParams.get('response-content-disposition') ?? 'inline',
    'Content-Length': found.bytes.length,
    ...(found.sha256 !== undefined && { 'x-amz-checksum-sha256': found.sha256 }),
  });
  res.end(req.method === 'HEAD' ? undefined : found.bytes);
}

function put(objects: Map<string, StoredObject>, key: string, { req, res, body }: RequestContext): void {
  const sha256 = req.headers['x-amz-checksum-sha256'];
  if (req.headers['if-none-match'] === '*' && objects.has(key)) return end(res, 412, 'PreconditionFailed');
  if (sha256 !== undefined && sha256 !== createHash('sha256').update(body).digest('base64')) {
    return end(res, 400, 'BadDigest');
  }
  objects.set(key, {
    bytes: body,
    contentType: req.headers['content-type'] ?? 'binary/octet-stream',
    sha256: typeof sha256 === 'string' ? sha256 : undefined,
  });
  res.writeHead(200).end();
}

/** Signs the request as its sender should have and compares. */
function isSigned(req: IncomingMessage, body: Buffer): boolean {
  const url = new URL(req.url ?? '/', 'http://bucket');
  const inQuery = url.searchParams.get('X-Amz-Signature');
  const inHeader = /SignedHeaders=([^,]+), *Signature=(\w+)/.exec(req.headers.authorization ?? '');
  const names = (url.searchParams.get('X-Amz-SignedHeaders') ?? inHeader?.[1] ?? '').split(';');
  const headers = Object.fromEntries(names.map((name) => [name, String(req.headers[name] ?? '')]));
  const path = (req.url ?? '').replace(/&X-Amz-Signature=\w+/, '');
  const common = { service: 's3', region, method: req.method ?? 'GET', headers, path };
  // A body, even an empty one, would make it add headers of its own.
  const withBody = body.length > 0 ? { body: body as unknown as string } : {};
  const signed = aws4.sign(inQuery === null ? { ...common, ...withBody } : { ...common, signQuery: true }, credentials);
  const expected = inQuery === null ? String(signed.headers?.['Authorization']) : String(signed.path);
  const signature = /Signature=(\w+)/.exec(expected)?.[1] ?? '';
  return isEqual(signature, inQuery ?? inHeader?.[2] ?? '');
}

function isExpired(url: URL): boolean {
  const [date, seconds] = [url.searchParams.get('X-Amz-Date'), url.searchParams.get('X-Amz-Expires')];
  if (date === null || seconds === null) return false;
  const signedAt = date.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(signedAt) + Number(seconds) * 1_000 <= Date.now();
}

function isEqual(a: string, b: string): boolean {
  return a.length === b.length && a !== '' && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function end(res: ServerResponse, status: number, code: string): void {
  res.writeHead(status, { 'Content-Type': 'application/xml' });
  res.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

async function collect(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
