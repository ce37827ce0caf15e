import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { OutboundFailure, OutboundRefused } from './errors.ts';
import { parseTarget } from './guard.ts';
import { acceptedEncodings, isDecoded, readBody } from './read-body.ts';
import { followRedirect, isRedirect, vetHeaders, type Hop } from './redirect.ts';

/** Structurally what a handler's context offers. */
export interface OutboundRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Of the whole exchange, redirects and body included. Default 30,000. */
  timeoutMs?: number;
  /** Default 3. With 0 a redirect is the answer itself. */
  redirectsMax?: number;
  /** The body is cut here, counted after decompression. Default 1 MiB. */
  bytesMax?: number;
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
 * One exchange with all its redirects, each target vetted like the first, under one deadline. Resolves with any status;
 * rejects with OutboundRefused or OutboundFailure and nothing else.
 */
export async function exchange(dispatcher: Dispatcher, request: OutboundRequest): Promise<OutboundResponse> {
  const timeoutMs = request.timeoutMs ?? defaults.timeoutMs;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const signal = request.signal ? AbortSignal.any([deadline.signal, request.signal]) : deadline.signal;
  try {
    return await followHops(dispatcher, request, signal);
  } catch (error) {
    const refusal = findRefusal(error);
    if (refusal) throw refusal;
    if (request.signal?.aborted) throw new OutboundFailure('aborted', 'the request was given up');
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
    headers: vetHeaders(request.headers ?? {}),
    body: request.body,
  };
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send(dispatcher, hop, signal);
    const location = single(answer.headers.location);
    if (redirectsMax === 0 || !isRedirect(answer.statusCode, location)) {
      return await receive(answer, hop.url, request.bytesMax ?? defaults.bytesMax);
    }
    // Read off when it is short, so that the connection can be used for the next hop.
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

async function receive(answer: Dispatcher.ResponseData, url: URL, bytesMax: number): Promise<OutboundResponse> {
  const encoding = single(answer.headers['content-encoding'])?.trim().toLowerCase();
  try {
    const cut = await readBody(answer.body, encoding, bytesMax);
    const headers = flatten(answer.headers, isDecoded(encoding));
    return { status: answer.statusCode, headers, ...cut, url: url.href };
  } finally {
    discard(answer);
  }
}

/** Closes the connection of a body that was not read to its end; does nothing to one that was. */
function discard(answer: Dispatcher.ResponseData): void {
  answer.body.on('error', () => {});
  answer.body.destroy();
}

/** After decoding, length and encoding no longer say anything true of the body. */
function flatten(headers: IncomingHttpHeaders, decoded: boolean): Record<string, string> {
  const entries = Object.entries(headers)
    .filter(([name]) => !(decoded && (name === 'content-encoding' || name === 'content-length')))
    .map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return Object.fromEntries(entries) as Record<string, string>;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function findRefusal(error: unknown): OutboundRefused | undefined {
  if (error instanceof OutboundRefused) return error;
  return error instanceof Error && error.cause !== undefined ? findRefusal(error.cause) : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [];
  return error.message || (first instanceof Error ? first.message : error.name);
}
