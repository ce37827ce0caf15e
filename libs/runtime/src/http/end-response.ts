import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long, and how much of, a request is read on after its answer. */
const readOnMs = 5_000;
const readOnBytesMax = 64 * 1024 * 1024;
/** A client that waits for `100 Continue` may send nothing after a refusal. */
const readOnExpectedMs = 500;

/**
 * Ends a response. When the body of its request is still coming, it is read on first.
 * The kernel resets a connection that closes with unread bytes, and the reset may overtake the answer: the client of a
 * body that is too large would see a broken connection and no 413. The client can read the answer at once, since
 * `body` has the announced length.
 */
export function endResponse(
  res: ServerResponse,
  body: string | Buffer | undefined,
  encoding: BufferEncoding = 'utf8',
): void {
  const { req } = res;
  if (body === undefined) return void res.end();
  if (req.complete || !hasBody(req)) return void res.end(body, encoding);
  res.write(body, encoding);
  readOn(req, () => res.end());
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** Calls `done` once: at the end of the request, after too many bytes or after too long a time. */
function readOn(req: IncomingMessage, done: () => void): void {
  let bytes = 0;
  const finish = () => {
    clearTimeout(timer);
    req.off('data', count).off('end', finish).off('close', finish).off('error', finish);
    done();
  };
  const count = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > readOnBytesMax) finish();
  };
  const timer = setTimeout(finish, req.headers.expect === undefined ? readOnMs : readOnExpectedMs);
  req.on('data', count).once('end', finish).once('close', finish).once('error', finish);
  req.resume();
}
