import type { Request } from 'express';

const host = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
/** Node passes each byte of a path on as one character. */
const beyondAscii = /[^\x20-\x7e]/g;
const secret = /(tno_live_[0-9A-Za-z]+_)[0-9A-Za-z]+/g;

/**
 * Returns the path of a request without secrets, for log lines and answers.
 * The query, the user and password of an absolute URL, and the secret of an API key in the path (a key that is to be
 * revoked, say) are removed.
 */
export function shownPath({ originalUrl }: Pick<Request, 'originalUrl'>): string {
  const path = originalUrl.split('?', 1)[0]?.replace(host, '') || '/';
  const ascii = path.replaceAll(beyondAscii, toEscape);
  return ascii.includes('tno_live_') ? ascii.replaceAll(secret, '$1[cut]') : ascii;
}

function toEscape(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
