import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { isObjectKey } from './object-store.ts';

/** Everything that one signed URL allows. */
export interface Grant {
  method: 'GET' | 'PUT';
  key: string;
  /** Seconds since 1970. */
  expires: number;
  contentType: string;
  /** Only of an upload. */
  bytes?: number | undefined;
  /** Only of an upload; lower-case hex. */
  sha256?: string | undefined;
  /** Only of a download: the name under which a browser saves the file. */
  name?: string | undefined;
}

export interface UrlSigner {
  /** Returns path and query of the signed URL. */
  sign(grant: Grant): string;
  /**
   * Returns the grant of a method, path and query, or the reason why there is none.
   * Each grant has exactly one spelling. A URL with the same meaning in another spelling (order, case, escapes, further
   * parameters) is rejected like a forged one.
   */
  check(method: string, pathAndQuery: string, nowSeconds: number): Grant | 'not-signed' | 'expired';
}

const prefix = '/objects/';

/**
 * Creates a signer of URLs.
 * It signs by HMAC-SHA256 with a key derived (RFC 5869) from the first secret. Signatures by the other secrets are
 * still valid, so that a secret can be replaced.
 */
export function createUrlSigner(secrets: readonly [string, ...string[]]): UrlSigner {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'turno signed file addresses 1', 32)),
  );
  const signature = (key: Buffer | undefined, text: string) =>
    createHmac('sha256', key ?? '')
      .update(text)
      .digest();
  const render = (grant: Grant, key: Buffer | undefined) => {
    const bare = `${prefix}${grant.key}?${parametersOf(grant).toString()}`;
    return `${bare}&signature=${signature(key, `${grant.method}\n${bare}`).toString('base64url')}`;
  };
  return {
    sign: (grant) => render(grant, keys[0]),
    check(method, pathAndQuery, nowSeconds) {
      const grant = parse(method, pathAndQuery);
      if (grant === undefined) return 'not-signed';
      // Every key is tried, each compared in constant time.
      const genuine = keys.map((key) => isEqual(render(grant, key), pathAndQuery)).includes(true);
      if (!genuine) return 'not-signed';
      return grant.expires <= nowSeconds ? 'expired' : grant;
    },
  };
}

function parametersOf({ expires, contentType, bytes, sha256, name }: Grant): URLSearchParams {
  const parameters = new URLSearchParams({ expires: String(expires), type: contentType });
  if (bytes !== undefined) parameters.set('bytes', String(bytes));
  if (sha256 !== undefined) parameters.set('sha256', sha256);
  if (name !== undefined) parameters.set('name', name);
  return parameters;
}

/** Parses a URL without a check of its spelling: the check is that rendering the grant gives the same text. */
function parse(method: string, pathAndQuery: string): Grant | undefined {
  if (method !== 'GET' && method !== 'PUT') return undefined;
  const [path = '', query = ''] = pathAndQuery.split('?', 2);
  const key = path.slice(prefix.length);
  if (!path.startsWith(prefix) || !isObjectKey(key) || pathAndQuery.length > 4_096) return undefined;
  const given = new URLSearchParams(query);
  const bytes = given.get('bytes');
  return {
    method,
    key,
    expires: Number(given.get('expires')),
    contentType: given.get('type') ?? '',
    bytes: bytes === null ? undefined : Number(bytes),
    sha256: given.get('sha256') ?? undefined,
    name: given.get('name') ?? undefined,
  };
}

function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
