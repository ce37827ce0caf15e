import { OutboundRefused } from './errors.ts';
import { parseTarget } from './guard.ts';

/** One request of a redirect chain, ready to be sent. */
export interface Hop {
  url: URL;
  method: string;
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

const redirectStatuses = new Set([301, 302, 303, 307, 308]);
const credentials = new Set(['authorization', 'cookie', 'proxy-authorization']);

/** Returns true when an answer redirects to `location`. */
export function isRedirect(status: number, location: string | undefined): location is string {
  return redirectStatuses.has(status) && location !== undefined;
}

/**
 * Builds the next request of a redirect chain (RFC 9110, section 15.4).
 * 303 changes the method to GET without a body, and so do 301 and 302 after POST. Credential headers are dropped when
 * the origin changes.
 */
export function followRedirect(hop: Hop, status: number, location: string): Hop {
  const url = parseTarget(escapeBytes(location), hop.url.href);
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

/**
 * Escapes the bytes beyond ASCII of a header, which undici decodes as Latin-1.
 * A server that sends raw UTF-8 gets its own bytes back, each escaped once.
 */
function escapeBytes(header: string): string {
  return header.replaceAll(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
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

/**
 * Returns the headers.
 * Throws OutboundRefused for a malformed one, and for one that frames the message or chooses its target.
 */
export function checkHeaders(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    const lower = name.toLowerCase();
    if (ownHeaders.has(lower) || lower === 'transfer-encoding' || lower.startsWith('proxy-')) {
      throw new OutboundRefused('header-refused', `the header ${name} is set by Turno and cannot be set here`);
    }
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      throw new OutboundRefused('header-refused', `the header ${JSON.stringify(name)} is malformed`);
    }
  }
  return headers;
}
