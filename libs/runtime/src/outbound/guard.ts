import { isIP } from 'node:net';
import type { AllowList } from './allow-list.ts';
import { isBlockedPort, isStorePort } from './blocked-ports.ts';
import { OutboundRefused } from './errors.ts';
import { type Address, isPublic, reachableFrom } from './public-address.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** Resolves a name to all its addresses. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<ResolvedAddress[]>;

export interface Guard {
  /**
   * Returns the addresses of a host that a connection to this port may use.
   * Throws OutboundRefused when any of them is not allowed, so that a DNS answer that mixes public and private
   * addresses gains nothing, and when the port is no web port.
   */
  vet(hostname: string, port: number): Promise<ResolvedAddress[]>;
}

/** Creates the check that every connection passes before it is opened. */
export function createGuard(allowList: AllowList, resolve: Resolve): Guard {
  return {
    async vet(hostname, port) {
      const bare = hostname.replace(/^\[(.*)\]$/, '$1');
      const isPortNamed = allowList.allowsPort(hostname, port);
      if (isStorePort(port) && !isPortNamed) throw portRefused(bare, port);
      const family = isIP(bare);
      const addresses = family === 0 ? await resolve(bare) : [{ address: bare, family }];
      if (addresses.length === 0) throw new Error(`${bare} has no address`);
      if (isPortNamed) return addresses;
      const reached = addresses.flatMap(({ address }) => reachableFrom(address));
      if (isBlockedPort(port) && reached.some(isPublic)) throw portRefused(bare, port);
      if (!allowList.allowsHost(hostname)) {
        const isAllowed = (address: Address) => isPublic(address) || allowList.allowsAddress(address);
        if (!reached.every(isAllowed)) throw addressRefused(bare);
      }
      return addresses;
    },
  };
}

function addressRefused(host: string): OutboundRefused {
  const reason = `${host} has an address that is not public, and OUTBOUND_ALLOW_HOSTS does not name it`;
  return new OutboundRefused('address-refused', reason);
}

function portRefused(host: string, port: number): OutboundRefused {
  const named = isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
  const reason = `port ${port} is not a port of web servers, and OUTBOUND_ALLOW_HOSTS does not name ${named}`;
  return new OutboundRefused('address-refused', reason);
}

/**
 * Parses an absolute http or https URL.
 * Throws OutboundRefused for any other text, and for a URL with a user name or password: these would end up in logs and
 * in `Referer` headers.
 */
export function parseTarget(text: string, base?: string): URL {
  if (!URL.canParse(text, base)) throw new OutboundRefused('url-refused', 'is not an absolute URL');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundRefused('url-refused', `${url.protocol} is not allowed, only http: and https:`);
  }
  if (url.username || url.password)
    throw new OutboundRefused('url-refused', 'a URL must not contain a user name or password');
  url.hash = '';
  return url;
}

/** Returns the TCP port of a URL, also when it is the default one. */
export function portOf({ protocol, port }: { protocol: string; port: string }): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
