import { isIPv6 } from 'node:net';

/** A registered name or an address of IPv4, or an address of IPv6 in brackets; then a port, which may be empty. */
const hostAndPort = /^(?:[\w.~!$&'()*+;=-]{1,255}|\[(?<address>[\da-f:.]{2,45})\])(?::(?<port>\d{0,5}))?$/i;
/** The last valid value: nearly all requests of a process name the same host. */
let lastValid: string | undefined;

/**
 * Returns true for a value of a Host header that names one host (RFC 9112, section 3.2).
 * Stricter than the grammar: no comma, which joins repeated headers, no escapes, and no empty host. Proxies read these
 * differently, and no client sends them.
 */
export function isHostHeader(value: string): boolean {
  if (value === lastValid) return true;
  const parts = hostAndPort.exec(value)?.groups;
  if (parts === undefined) return false;
  const { address, port } = parts;
  const isValid = (address === undefined || isIPv6(address)) && Number(port ?? '0') <= 65_535;
  if (isValid) lastValid = value;
  return isValid;
}

const absolute = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<authority>[^/?#]*)/i;

/**
 * Returns true for a request target whose authority, if it has one, names one host of http or https.
 * A target with a user name is refused: it belongs into no log line and no link.
 */
export function isHttpTarget(target: string): boolean {
  if (target.startsWith('/')) return true;
  const parts = absolute.exec(target)?.groups;
  if (parts === undefined) return target === '*';
  return /^https?$/i.test(parts['scheme'] ?? '') && isHostHeader(parts['authority'] ?? '');
}
