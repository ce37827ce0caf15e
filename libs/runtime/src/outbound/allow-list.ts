import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { unwrap } from './public-address.ts';

/** Exceptions from the rule that requests go to public addresses only. */
export interface AllowList {
  /** True when an entry names this host of a URL, with this port or with any. */
  allowsHost(hostname: string, port: number): boolean;
  /** True when an entry is this address, or a range that holds it. */
  allowsAddress(address: string): boolean;
}

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/**
 * Reads entries of the forms `host`, `host:port`, an IP address (IPv6 with a port in brackets) and CIDR. An IP address or a
 * range also admits names that resolve into it; one with a port only URLs that spell it so. Throws at an unreadable entry.
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
    allowsHost: (hostname, port) => hosts.has(plain(hostname)) || hosts.has(`${plain(hostname)}:${port}`),
    allowsAddress(text) {
      const address = unwrap(ipaddr.parse(text));
      return ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits));
    },
  };
}

function parseRange(entry: string): Range | undefined {
  const bare = entry.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) !== 0) {
    const address = unwrap(ipaddr.parse(bare));
    return [address, address.kind() === 'ipv6' ? 128 : 32];
  }
  return ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
}

/** By the URL parser, so that an entry is spelled the way the host of a URL will be. */
function parseHost(entry: string): string {
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : undefined;
  if (!url || url.pathname !== '/' || url.search || url.hash || url.username || /[/?#@]/.test(entry)) {
    throw new Error(`OUTBOUND_ALLOW_HOSTS: ${entry} is no host, host:port, IP address or range such as 10.0.0.0/8`);
  }
  // The parser drops port 80, which would turn the entry into one for every port.
  return entry.endsWith(':80') ? `${plain(url.hostname)}:80` : plain(url.host);
}

/** A name with a dot at its end is the same name. */
function plain(host: string): string {
  return host.replace(/\.(?=:\d+$|$)/, '');
}
