import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Address } from './public-address.ts';

/** The exceptions from the rule that outbound requests go to public addresses only. */
export interface AllowList {
  /** Returns true when an entry names this host of a URL without a port. */
  allowsHost(hostname: string): boolean;
  /** Returns true when an entry names this host of a URL with this port. */
  allowsPort(hostname: string, port: number): boolean;
  /** Returns true when an entry is this address or a range that contains it. */
  allowsAddress(address: Address): boolean;
}

type Range = [Address, number];

/**
 * Parses the entries of an allow list.
 * An entry is `host`, `host:port`, an IP address (IPv6 with a port in brackets) or a CIDR range. An address or a range
 * also allows names that resolve into it; an address with a port allows only URLs with exactly that host and port.
 * Only an entry with a port allows a port of a store, or a port of another protocol on a public host.
 * Throws an error that names an entry of another form.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const hosts = new Set<string>();
  const ranges: Range[] = [];
  for (const entry of entries) {
    const range = parseRange(entry);
    if (range) ranges.push(range);
    else hosts.add(parseHost(entry));
  }
  return {
    allowsHost: (hostname) => hosts.has(withoutRootDot(hostname)),
    allowsPort: (hostname, port) => hosts.has(`${withoutRootDot(hostname)}:${port}`),
    allowsAddress: (address) =>
      ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits)),
  };
}

function parseRange(entry: string): Range | undefined {
  const bare = entry.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) {
    const address = ipaddr.process(bare); // a mapped address is the IPv4 address in it
    return [address, address.kind() === 'ipv6' ? 128 : 32];
  }
  return ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
}

/** Parses with the URL parser, so that an entry has the same spelling as the host of a request's URL. */
function parseHost(entry: string): string {
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : undefined;
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username || /[/?#@]/.test(entry)) {
    throw new Error(`OUTBOUND_ALLOW_HOSTS: ${entry} is not a host, host:port, IP address or range such as 10.0.0.0/8`);
  }
  // The parser drops port 80, which would turn the entry into one for every port.
  return entry.endsWith(':80') ? `${withoutRootDot(url.hostname)}:80` : withoutRootDot(url.host);
}

/** Drops the dot at the end of an absolute name: it is the same name. */
function withoutRootDot(host: string): string {
  return host.replace(/\.(?=:\d+$|$)/, '');
}
