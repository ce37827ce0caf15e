import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Resolve, ResolvedAddress } from './guard.ts';

export interface ResolverOptions {
  /** Name servers to use instead of the system's. */
  servers?: readonly string[];
  hostsFile?: string;
  /** The time of each of the two tries of a name server. Default 2,000. */
  timeoutMs?: number;
  /**
   * Resolves names that the name servers do not know: search domains, names of the local network.
   * Default: the system.
   */
  fallback?: Resolve;
}

/** Lookups that may wait for the fallback; further ones fail. */
const pendingMax = 100;

/**
 * Creates a resolver that a silent name server cannot block.
 * The system's resolver occupies a thread for half a minute per such name, and a process has few threads. So this
 * resolver reads the hosts file and queries the name servers itself, and uses the system only for names unknown to
 * both, one name at a time.
 */
export function createResolver(options: ResolverOptions = {}): Resolve {
  const { servers, hostsFile = '/etc/hosts', timeoutMs = 2_000, fallback = systemLookup } = options;
  const resolveByFallback = oneAtATime(fallback);
  return async (hostname) => {
    const listed = await findInHosts(hostsFile, hostname);
    if (listed.length > 0) return listed;
    // A new Resolver reads the current list of name servers.
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found.map(toResolved);
    const silent = answers.find((answer) => answer.status === 'rejected' && codeOf(answer.reason) === 'ETIMEOUT');
    if (silent?.status === 'rejected')
      throw new Error(`no name server answered for ${hostname}`, { cause: silent.reason });
    return resolveByFallback(hostname);
  };
}

const systemLookup: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

function oneAtATime(resolve: Resolve): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  let pending = 0;
  return (hostname) => {
    if (pending === pendingMax)
      return Promise.reject(new Error(`${hostname} was not looked up: ${pendingMax} lookups wait already`));
    pending += 1;
    const answer = last.then(() => resolve(hostname)).finally(() => (pending -= 1));
    last = answer.catch(() => {});
    return answer;
  };
}

async function findInHosts(file: string, hostname: string): Promise<ResolvedAddress[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isNamed = isIP(address) !== 0 && names.some((alias) => alias.toLowerCase() === name);
    return isNamed ? [toResolved(address)] : [];
  });
}

function toResolved(address: string): ResolvedAddress {
  return { address, family: isIP(address) };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
