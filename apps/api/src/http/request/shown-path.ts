import type { Request } from 'express';

const host = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i;
const secret = /(tno_live_[0-9A-Za-z]+_)[0-9A-Za-z]+/g;

/**
 * Returns the path of a request without secrets, for log lines and answers.
 * The query, the user and password of an absolute URL, and the secret of an API key in the path (a key that is to be
 * revoked, say) are removed.
 */
export function shownPath({ originalUrl }: Pick<Request, 'originalUrl'>): string {
  const path = originalUrl.split('?', 1)[0]?.replace(host, '') || '/';
  return path.includes('tno_live_') ? path.replaceAll(secret, '$1[cut]') : path;
}
