import { OutboundRefused } from './errors.ts';
import { parseTarget } from './guard.ts';

/** One request of an exchange, ready to be sent. */
export interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const credentials = new Set(['authorization', 'cookie', 'proxy-authorization']);

export function isRedirect(status: number, location: string | undefined): location is string {
  return redirectStatuses.has(status) && location !== undefined;
}

/**
 * The request that a redirect asks for (RFC 9110 section 15.4). 303, and 301 and 302 after POST, turn it into a GET without a
 * body; another origin does not get the credentials that were meant for the first.
 */
export function followRedirect(hop: Hop, status: number, location: string): Hop {
  const url = parseTarget(location, hop.url.href);
  const becomesGet = status === 303 ? hop.method !== 'HEAD' : status < 303 && hop.method === 'POST';
  const headers = Object.entries(hop.headers).filter(([name]) => {
    const lower = name.toLowerCase();
    if (url.origin !== hop.url.origin && credentials.has(lower)) return false;
    return !(becomesGet && lower.startsWith('content-'));
  });
  return {
    url,
    method: becomesGet ? 'GET' : hop.method,
    headers: Object.fromEntries(headers),
    body: becomesGet ? undefined : hop.body,
  };
}

const ownHeaders = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
]);

/** Headers that frame the message or choose its target are ours to set. */
export function vetHeaders(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (ownHeaders.has(lower) || lower === 'transfer-encoding' || lower.startsWith('proxy-')) {
      throw new OutboundRefused('header-refused', `the header ${name} cannot be set`);
    }
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new OutboundRefused('header-refused', `the header ${JSON.stringify(name)} is malformed`);
    }
  }
  return headers;
}
