import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { OutboundFailure, OutboundRefused } from './errors.ts';
import { parseTarget } from './guard.ts';
import { acceptedEncodings, type BodyOptions, isDecoded, readBody } from './read-body.ts';
import { followRedirect, isRedirect, checkHeaders, type Hop } from './redirect.ts';

/** An outbound request; the same shape as in a handler's context. */
export interface OutboundRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The time for everything, redirects and body included. Default 30,000. */
  timeoutMs?: number;
  /** Redirects to follow. Default 3. With 0 a redirect is returned as the answer. */
  redirectsMax?: number;
  /** The body is truncated to this size after decompression. Default 1 MiB. */
  bytesMax?: number;
  /** A body that breaks off or cannot be decompressed is truncated instead of failing: the status is the answer. */
  isBodyOptional?: boolean;
  signal?: AbortSignal;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  truncated: boolean;
  url: string;
}

const defaults = { timeoutMs: 30_000, redirectsMax: 3, bytesMax: 1024 * 1024 };

/**
 * Sends a request and follows its redirects under one deadline; each target is checked like the first.
 * Resolves with any status; rejects with OutboundRefused or OutboundFailure and nothing else.
 */
export async function sendRequest(dispatcher: Dispatcher, request: OutboundRequest): Promise<OutboundResponse> {
  const timeoutMs = request.timeoutMs ?? defaults.timeoutMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const signal = request.signal ? AbortSignal.any([deadline.signal, request.signal]) : deadline.signal;
  try {
    return await followHops(dispatcher, request, signal);
  } catch (error) {
    const refused = findRefused(error);
    if (refused) throw refused;
    if (request.signal?.aborted) throw new OutboundFailure('aborted', 'the request was aborted by its caller');
    if (deadline.signal.aborted) throw new OutboundFailure('timeout', `no complete answer within ${timeoutMs} ms`);
    throw new OutboundFailure('network-failure', describe(error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function followHops(
  dispatcher: Dispatcher,
  request: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundResponse> {
  const redirectsMax = request.redirectsMax ?? defaults.redirectsMax;
  let hop: Hop = {
    url: parseTarget(request.url),
    method: (request.method ?? 'GET').toUpperCase(),
    headers: checkHeaders(request.headers ?? {}),
    body: request.body,
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(dispatcher, hop, signal);
    const location = single(answer.headers.location);
    if (redirectsMax === 0 || !isRedirect(answer.statusCode, location)) {
      return await receive(answer, hop.url, {
        bytesMax: request.bytesMax ?? defaults.bytesMax,
        truncates: () => request.isBodyOptional === true && !signal.aborted,
      });
    }
    // A short body is read to its end, so that the next request can reuse the connection.
    await answer.body.dump({ limit: 16 * 1024, signal });
    if (redirects === redirectsMax) {
      throw new OutboundRefused('too-many-redirects', `more than ${redirectsMax} redirects`);
    }
    hop = followRedirect(hop, answer.statusCode, location);
  }
}

function send(dispatcher: Dispatcher, hop: Hop, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  const named = new Set(Object.keys(hop.headers).map((name) => name.toLowerCase()));
  const headers = { ...hop.headers };
  if (!named.has('accept-encoding')) headers['accept-encoding'] = acceptedEncodings;
  if (!named.has('user-agent')) headers['user-agent'] = 'turno';
  return dispatcher.request({
    origin: hop.url.origin,
    path: hop.url.pathname + hop.url.search,
    method: hop.method,
    headers,
    body: hop.body ?? null,
    signal,
  });
}

async function receive(
  answer: Dispatcher.ResponseData,
  url: URL,
  options: Pick<BodyOptions, 'bytesMax' | 'truncates'>,
): Promise<OutboundResponse> {
  const encoding = single(answer.headers['content-encoding'])?.trim().toLowerCase();
  try {
    const limited = await readBody(answer.body, { ...options, encoding });
    const headers = flatten(answer.headers, isDecoded(encoding));
    return { status: answer.statusCode, headers, ...limited, url: url.href };
  } finally {
    discard(answer);
  }
}

/** Closes the connection when the body was not read to its end. */
function discard(answer: Dispatcher.ResponseData): void {
  answer.body.on('error', () => {});
  answer.body.destroy();
}

/** Joins repeated headers. After decoding, length and encoding are dropped: they describe other bytes. */
function flatten(headers: IncomingHttpHeaders, decoded: boolean): Record<string, string> {
  const entries = Object.entries(headers)
    .filter(([name]) => !(decoded && (name === 'content-encoding' || name === 'content-length')))
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function findRefused(error: unknown): OutboundRefused | undefined {
  if (error instanceof OutboundRefused) return error;
  return error instanceof Error && error.cause !== undefined ? findRefused(error.cause) : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return error.message || (first instanceof Error ? first.message : error.name);
}
