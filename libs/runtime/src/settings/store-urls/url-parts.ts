/** A fault of a setting that is a URL. The message contains no part of the URL, which may be a secret. */
export class UrlFault extends Error {}

export interface UrlParameter {
  name: string;
  value: string;
  /** As it stands in the URL. */
  raw: string;
}

export interface UrlParts {
  user: string | undefined;
  password: string | undefined;
  /** All hosts with their ports. */
  hosts: string;
  /** Without the slash before it. */
  path: string;
  parameters: readonly UrlParameter[];
  /** Such as `redis:`. */
  protocol: string;
  /** The URL before its parameters. */
  base: string;
}

const nameCharsMax = 64;
const escapes = 'in a user and a password write % as %25, / as %2F, ? as %3F, # as %23, : as %3A and @ as %40';

/**
 * Splits the URL of a store into its decoded parts. Not by the class URL: a store's URL may name several hosts.
 * Throws a UrlFault.
 */
export function splitUrl(text: string, protocols: readonly string[]): UrlParts {
  const start = protocols.find((protocol) => text.toLowerCase().startsWith(`${protocol}//`));
  if (start === undefined) {
    throw new UrlFault(`must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
  }
  const rest = text.slice(start.length + 2);
  const [base, query = ''] = splitAt(rest, rest.indexOf('?'));
  const [authority, path = ''] = splitAt(base, base.indexOf('/'));
  const [login, hosts] = authority.includes('@')
    ? splitAt(authority, authority.lastIndexOf('@'))
    : [undefined, authority];
  if (login === undefined && path.includes('@')) throw new UrlFault(`has no host: ${escapes}`);
  if (/\s/.test(authority)) throw new UrlFault(`has a space before its path: ${escapes}, and a space as %20`);
  const [user, password] = login === undefined ? [] : splitAt(login, login.indexOf(':'));
  return {
    user: user === undefined ? undefined : decode(user),
    password: password === undefined ? undefined : decode(password),
    hosts: hosts ?? '',
    path: decode(path),
    parameters: query.split('&').filter(Boolean).map(toParameter),
    protocol: start,
    base: `${start}//${base}`,
  };
}

/** Parses `host`, `host:port` or `[IPv6]:port`. Throws a UrlFault. */
export function splitHost(text: string): { host: string; port: number | undefined } {
  const [, host = '', port = ''] = /^(\[[\da-z:.%]+\]|[^:[\]]*)(?::(.*))?$/i.exec(text) ?? [];
  if (host === '' && text !== '' && !/^:\d+$/.test(text)) {
    throw new UrlFault(`has a host that cannot be read: ${escapes}; an IPv6 address stands in brackets`);
  }
  return { host: decode(host.replaceAll(/[[\]]/g, '')), port: port === '' ? undefined : toPort(port) };
}

export function toPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port > 0 && port < 65_536) return port;
  throw new UrlFault(`must have a port from 1 to 65535; ${escapes}`);
}

/** Names a parameter that has no effect, with what has. The name comes from the URL. */
export function describeParameter(name: string, mend: string | undefined): string {
  const shown = name.replaceAll(/[^\w.-]/g, '?').slice(0, nameCharsMax);
  return mend === undefined ? shown : `${shown} (${mend})`;
}

function toParameter(raw: string): UrlParameter {
  const [name, value = ''] = splitAt(raw, raw.indexOf('='));
  return { name: decode(name), value: decode(value), raw };
}

function splitAt(text: string, index: number): [string, string?] {
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlFault('has a % without two hexadecimal digits after it: write % as %25');
  }
}
