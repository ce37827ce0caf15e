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
   * The signature covers the parsed values, since clients respell the escapes of a URL (`%7E` and `~`, `%2F` and `/`,
   * `+` and `%20`). Every other change (another order, a further parameter, `bytes=010`) is rejected like a forgery.
   */
  check(method: string, pathAndQuery: string, nowSeconds: number): Grant | 'not-signed' | 'expired';
}

const prefix = '/objects/';
const charsMax = 4_096;
const wholeNumber = /^(?:0|[1-9]\d{0,15})$/;

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
  const signatureOf = (grant: Grant, key: Buffer | undefined) =>
    signature(key, `${grant.method}\n${render(grant)}`).toString('base64url');
  return {
    // No `+` for a space: clients differ in what they take it for.
    sign: (grant) => `${render(grant).replaceAll('+', '%20')}&signature=${signatureOf(grant, keys[0])}`,
    check(method, pathAndQuery, nowSeconds) {
      const parsed = parse(method, pathAndQuery);
      if (parsed === undefined) return 'not-signed';
      const { grant, signature: given } = parsed;
      // Every key is tried, each compared in constant time.
      const genuine = keys.map((key) => isEqual(signatureOf(grant, key), given)).includes(true);
      if (!genuine) return 'not-signed';
      return grant.expires <= nowSeconds ? 'expired' : grant;
    },
  };
}

/** Renders a grant in its one canonical spelling. */
function render(grant: Grant): string {
  return `${prefix}${grant.key}?${parametersOf(grant).toString()}`;
}

function parametersOf({ expires, contentType, bytes, sha256, name }: Grant): URLSearchParams {
  const parameters = new URLSearchParams({ expires: String(expires), type: contentType });
  if (bytes !== undefined) parameters.set('bytes', String(bytes));
  if (sha256 !== undefined) parameters.set('sha256', sha256);
  if (name !== undefined) parameters.set('name', name);
  return parameters;
}

/** Parses a URL and decodes its escapes. Undefined when it has another form than a signed URL. */
function parse(method: string, pathAndQuery: string): { grant: Grant; signature: string } | undefined {
  if ((method !== 'GET' && method !== 'PUT') || pathAndQuery.length > charsMax) return undefined;
  const queryAt = pathAndQuery.indexOf('?');
  const path = queryAt === -1 ? undefined : decode(pathAndQuery.slice(0, queryAt));
  const key = path?.slice(prefix.length) ?? '';
  if (!path?.startsWith(prefix) || !isObjectKey(key)) return undefined;
  const given = new URLSearchParams(pathAndQuery.slice(queryAt + 1));
  const numbers = [given.get('expires'), given.get('bytes') ?? '0'];
  if (!numbers.every((number) => number !== null && wholeNumber.test(number))) return undefined;
  const bytes = given.get('bytes');
  const grant: Grant = {
    method,
    key,
    expires: Number(given.get('expires')),
    contentType: given.get('type') ?? '',
    bytes: bytes === null ? undefined : Number(bytes),
    sha256: given.get('sha256') ?? undefined,
    name: given.get('name') ?? undefined,
  };
  const names = [...parametersOf(grant).keys(), 'signature'].join();
  return [...given.keys()].join() === names ? { grant, signature: given.get('signature') ?? '' } : undefined;
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

function isEqual(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}
