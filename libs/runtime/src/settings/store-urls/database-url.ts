import { type Encryption, toEncryption } from './encryption.ts';
import { describeParameter, splitHost, splitUrl, toPort, UrlFault } from './url-parts.ts';

/** A Postgres, as its URL names it. An absent part is left to the driver. */
export interface DatabaseAddress {
  hosts: readonly { host: string; port: number }[];
  /** The path of a Unix socket; then there are no hosts. */
  socket: string | undefined;
  user: string | undefined;
  password: string | undefined;
  database: string | undefined;
  /** Undefined: no encryption. */
  encryption: Encryption | undefined;
  /** The server's options, such as `-c search_path=jobs`. */
  options: string | undefined;
  /** The sort of server that is wanted when there are several hosts. */
  targetSession: 'read-write' | 'primary' | undefined;
}

const protocols = ['postgres:', 'postgresql:'];
const defaultPort = 5_432;

/** The parameters of libpq that have an effect here. */
const effective = new Set(
  (
    'host port user password dbname sslmode ssl sslrootcert sslcert sslkey sslnegotiation ' +
    'ssl_min_protocol_version ssl_max_protocol_version options target_session_attrs'
  ).split(' '),
);

/** Values that ask for what is done anyway. */
const satisfied = new Map(
  Object.entries({
    channel_binding: /^(disable|prefer)$/,
    gssencmode: /^(disable|prefer)$/,
    client_encoding: /^(utf-?8|auto)$/i,
    keepalives: /^1$/,
    load_balance_hosts: /^disable$/,
    sslcompression: /^0$/,
    sslsni: /^1$/,
  }),
);

/** Other parameters of libpq. */
const unsupported = new Set(
  (
    'application_name channel_binding client_encoding connect_timeout fallback_application_name gssdelegation gssencmode ' +
    'gsslib hostaddr keepalives keepalives_count keepalives_idle keepalives_interval krbsrvname load_balance_hosts ' +
    'max_protocol_version min_protocol_version passfile replication require_auth requirepeer require_peer requiressl ' +
    'scram_client_key scram_server_key service servicefile sslcertmode sslcompression sslcrl sslcrldir sslkeylogfile ' +
    'sslpassword sslsni tcp_user_timeout'
  ).split(' '),
);

const mends = new Map(
  Object.entries({
    channel_binding: 'sslmode=verify-full proves who the server is',
    pgbouncer: 'set DATABASE_PREPARE=false',
    connection_limit: 'set DATABASE_POOL_MAX',
    pool_size: 'set DATABASE_POOL_MAX',
    schema: 'write options=-c%20search_path%3D…',
  }),
);

/** Parses the URL of a Postgres as libpq does. Throws a UrlFault. */
export function parseDatabaseUrl(text: string): DatabaseAddress {
  const url = splitUrl(text.trim(), protocols);
  const given = new Map(url.parameters.map(({ name, value }) => [name, value]));
  refuseUnmet(given);
  const port = given.get('port');
  const hosts = given.get('host')?.split(',').map(toHost) ?? url.hosts.split(',').filter(Boolean).map(splitHost);
  const place = toPlace(hosts, port === undefined ? defaultPort : toPort(port));
  return {
    ...place,
    user: given.get('user') || url.user || undefined,
    password: given.get('password') || url.password || undefined,
    database: given.get('dbname') || url.path || undefined,
    encryption: place.socket === undefined ? toEncryption(given) : undefined,
    options: given.get('options') || undefined,
    targetSession: toTargetSession(given.get('target_session_attrs')),
  };
}

/** Returns the URL without the parameters that have no effect, and the reason for each of these. */
export function withoutIneffective(text: string): { url: string; ineffective: string[] } {
  const { base, parameters } = splitUrl(text.trim(), protocols);
  const taken = parameters.filter(({ name }) => effective.has(name)).map(({ raw }) => raw);
  const dropped = parameters.filter(({ name, value }) => !effective.has(name) && !satisfied.get(name)?.test(value));
  return {
    url: taken.length === 0 ? base : `${base}?${taken.join('&')}`,
    ineffective: dropped.map(({ name }) => describeParameter(name, mendOf(name))),
  };
}

function mendOf(name: string): string | undefined {
  return (
    mends.get(name) ??
    (unsupported.has(name) ? undefined : 'a setting of the server is written options=-c%20name%3Dvalue')
  );
}

/** Without GSSAPI, encryption by it cannot be had; to go on in plain text would be worse than an end. */
function refuseUnmet(given: ReadonlyMap<string, string>): void {
  if (given.get('gssencmode') === 'require') {
    throw new UrlFault('gssencmode=require cannot be met: use sslmode=require or sslmode=verify-full');
  }
}

type GivenHost = ReturnType<typeof splitHost>;

function toHost(host: string): GivenHost {
  return { host, port: undefined };
}

function toPlace(hosts: readonly GivenHost[], port: number): Pick<DatabaseAddress, 'hosts' | 'socket'> {
  const [first] = hosts;
  if (!hosts.some(({ host }) => host.startsWith('/'))) {
    return {
      socket: undefined,
      hosts: hosts.map((each) => ({ host: each.host || 'localhost', port: each.port ?? port })),
    };
  }
  if (first === undefined || hosts.length > 1) throw new UrlFault('names a Unix socket beside other hosts: name one');
  return { socket: `${first.host}/.s.PGSQL.${first.port ?? port}`, hosts: [] };
}

function toTargetSession(value: string | undefined): DatabaseAddress['targetSession'] {
  if (value === undefined || value === '' || value === 'any') return undefined;
  if (value === 'read-write' || value === 'primary') return value;
  throw new UrlFault('target_session_attrs must be any, read-write or primary, since jobs are written');
}
