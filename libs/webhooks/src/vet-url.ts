import { Problem } from '@turno/contract';
import { type Outbound, OutboundRefused, withTimeout } from '@turno/runtime';
import { LRUCache } from 'lru-cache';

export interface UrlVetter {
  /**
   * Returns the URL as it will be called.
   * Throws `invalid-request` if it leads to no public address. A name that cannot be looked up now is accepted, since
   * each connection is checked again.
   */
  vet(url: string, pointer: string): Promise<URL>;
}

const originsMax = 5_000;
const cacheMs = 60_000;
const lookUpTimeoutMs = 2_000;
/** RFC 1035 section 2.3.4. A longer one fits into no index of Postgres either. */
const hostnameCharsMax = 253;

/** Creates the check of webhook URLs at registration. It caches the verdict on an origin for a minute. */
export function createUrlVetter(outbound: Pick<Outbound, 'check'>): UrlVetter {
  const verdicts = new LRUCache<string, { refusal: string | undefined }>({
    max: originsMax,
    ttl: cacheMs,
    fetchMethod: async (origin) => ({ refusal: await refusalOf(outbound, origin) }),
  });
  return {
    async vet(text, pointer) {
      const url = new URL(text);
      url.hash = '';
      const refuse = (detail: string): never => {
        throw new Problem('invalid-request', { errors: [{ pointer, detail }] });
      };
      if (url.hostname.length > hostnameCharsMax) refuse(`has a host name over ${hostnameCharsMax} characters`);
      if (url.username || url.password) refuse('must not contain a user name or password');
      const verdict = await verdicts.fetch(url.origin);
      if (verdict?.refusal !== undefined) refuse(verdict.refusal);
      return url;
    },
  };
}

async function refusalOf(outbound: Pick<Outbound, 'check'>, origin: string): Promise<string | undefined> {
  try {
    await withTimeout(lookUpTimeoutMs, outbound.check(`${origin}/`), () => {});
    return undefined;
  } catch (error) {
    if (error instanceof OutboundRefused) return error.message;
    return isUnknownName(error) ? 'names a host that does not exist' : undefined;
  }
}

function isUnknownName(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'ENOTFOUND') || isUnknownName(error.cause);
}
