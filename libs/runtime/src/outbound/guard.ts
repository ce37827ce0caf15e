import { isIP } from 'node:net';
import type { AllowList } from './allow-list.ts';
import { OutboundRefused } from './errors.ts';
import { isPublicAddress } from './public-address.ts';

export interface ResolvedAddress {
  address: string;
  family: number;
}

/** All addresses of a name. Rejects when there are none. */
export type Resolve = (hostname: string) => Promise<ResolvedAddress[]>;

export interface Guard {
  /** The addresses this host may be connected at. Refuses when any of them is not allowed, so that a mixed answer cannot win. */
  vet(hostname: string, port: number): Promise<ResolvedAddress[]>;
}

export function createGuard(allowList: AllowList, resolve: Resolve): Guard {
  return {
    async vet(hostname, port) {
      const bare = hostname.replace(/^\[(.*)\]$/, '$1');
      const family = isIP(bare);
      const addresses = family === 0 ? await resolve(bare) : [{ address: bare, family }];
      if (addresses.length === 0) throw new Error(`${bare} has no address`);
      if (allowList.allowsHost(hostname, port)) return addresses;
      for (const { address } of addresses) {
        if (!isPublicAddress(address) && !allowList.allowsAddress(address)) {
          throw new OutboundRefused(
            'address-refused',
            `${bare} does not lead to a public address, and OUTBOUND_ALLOW_HOSTS does not name it`,
          );
        }
      }
      return addresses;
    },
  };
}

/** Refuses what is no plain http or https URL. A user name or password in it would end up in logs and in `Referer`s. */
export function parseTarget(text: string, base?: string): URL {
  if (!URL.canParse(text, base)) throw new OutboundRefused('url-refused', 'is no absolute URL');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new OutboundRefused('url-refused', `${url.protocol} is not allowed, only http: and https:`);
  }
  if (url.username || url.password)
    throw new OutboundRefused('url-refused', 'a URL may not hold a user name or password');
  url.hash = '';
  return url;
}

export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
