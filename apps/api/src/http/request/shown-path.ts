import type { Request } from 'express';

const host = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const secret = /(tno_live_[0-9A-Za-z]+_)[0-9A-Za-z]+/g;

/**
 * The path of a request as it may stand in a log line and in an answer: without the query, where people put secrets, without the name and
 * password that an address in full may hold, and without the secret of a key, which whoever wants to revoke it may have put whole.
 */
export function shownPath({ originalUrl }: Pick<Request, 'originalUrl'>): string {
  const path = originalUrl.split('?', 1)[0]?.replace(host, '') || '/';
  return path.includes('tno_live_') ? path.replaceAll(secret, '$1[cut]') : path;
}
