import { describeParameter, splitHost, splitUrl, UrlFault } from './url-parts.ts';

const defaultPort = 6_379;
const protocols = ['redis:', 'rediss:'];
const effective = new Set(['db', 'family', 'username', 'password']);
const mends = new Map(
  Object.entries({
    ssl_cert_reqs: 'rediss:// checks the certificate, NODE_EXTRA_CA_CERTS adds an authority',
    ssl_ca_certs: 'NODE_EXTRA_CA_CERTS adds an authority',
    tls: 'rediss:// encrypts',
    ssl: 'rediss:// encrypts',
    keyPrefix: 'set REDIS_PREFIX',
  }),
);

/**
 * Parses the URL of a Redis, and returns it without the parameters that have no effect, with a description of each of
 * these. The client would take every parameter for an option of its own. Throws a UrlFault.
 */
export function parseRedisUrl(text: string): { url: string; ineffective: string[] } {
  const { protocol, user, password, hosts, path, parameters } = splitUrl(text.trim(), protocols);
  if (hosts.includes(',')) throw new UrlFault('must name one host: clusters and sentinels are not supported');
  const { host, port } = splitHost(hosts);
  const given = new Map(parameters.map(({ name, value }) => [name, value]));
  const database = path || given.get('db') || '0';
  if (!/^\d{1,5}$/.test(database)) {
    throw new UrlFault('must have the number of a database after the host, or nothing, such as redis://host:6379/0');
  }
  const family = given.get('family') || '0';
  if (!['0', '4', '6'].includes(family)) throw new UrlFault('family must be 0, 4 or 6');
  const login = [given.get('username') ?? user ?? '', given.get('password') ?? password ?? ''];
  const url =
    `${protocol}//${login.map(encodeURIComponent).join(':')}@${host.includes(':') ? `[${host}]` : host || 'localhost'}` +
    `:${port ?? defaultPort}/${database}${family === '0' ? '' : `?family=${family}`}`;
  if (!URL.canParse(url)) throw new UrlFault('has a host that cannot be read');
  const dropped = parameters.filter(({ name }) => !effective.has(name));
  return { url, ineffective: dropped.map(({ name }) => describeParameter(name, mends.get(name))) };
}
