import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Resolve, ResolvedAddress } from './guard.ts';

export interface ResolverOptions {
  /** Instead of those that the system names. */
  servers?: readonly string[];
  hostsFile?: string;
  /** Until a name server is asked a second and last time, and as long again. */
  timeoutMs?: number;
  /** What knows names that the name servers do not: search domains, names of the local network. */
  ask?: Resolve;
}

/** Callers that wait for the system; whoever comes then is told that the name is not known. */
const waitingMax = 100;

/**
 * Makes a resolver that a name server which never answers keeps nothing from: the system's own holds a thread for each such name for half a
 * minute, of a few that all of a process shares. So the hosts file and the name servers are asked from here, and the system for what they do
 * not know, for one name at a time.
 */
export function createResolver(options: ResolverOptions = {}): Resolve {
  const { servers, hostsFile = '/etc/hosts', timeoutMs = 2_000, ask = askSystem } = options;
  const askInTurn = oneAtATime(ask);
  return async (hostname) => {
    const listed = await findInHosts(hostsFile, hostname);
    if (listed.length > 0) return listed;
    // A new one each time reads again which servers there are.
    const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
    if (servers !== undefined) resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (found.length > 0) return found.map(toResolved);
    const silent = answers.find((answer) => answer.status === 'rejected' && codeOf(answer.reason) === 'ETIMEOUT');
    if (silent?.status === 'rejected')
      throw new Error(`no name server answered for ${hostname}`, { cause: silent.reason });
    return askInTurn(hostname);
  };
}

const askSystem: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

function oneAtATime(ask: Resolve): Resolve {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return (hostname) => {
    if (waiting === waitingMax) return Promise.reject(new Error(`${hostname} cannot be looked up now`));
    waiting += 1;
    const answer = last.then(() => ask(hostname)).finally(() => (waiting -= 1));
    last = answer.catch(() => {});
    return answer;
  };
}

async function findInHosts(file: string, hostname: string): Promise<ResolvedAddress[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isNamed = isIP(address) !== 0 && names.some((one) => one.toLowerCase() === name);
    return isNamed ? [toResolved(address)] : [];
  });
}

function toResolved(address: string): ResolvedAddress {
  return { address, family: isIP(address) };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
