import { expect, test } from 'vitest';
import { z } from 'zod';
import { settings as board } from '../../apps/board/src/config.ts';
import { findIneffectiveSettings } from '../../libs/runtime/src/settings/ineffective-settings.ts';
import { readSettings } from '../../libs/runtime/src/settings/read-settings.ts';
import { settingNames } from '../../libs/runtime/src/settings/setting-names.ts';
import { parseDatabaseUrl } from '../../libs/runtime/src/settings/store-urls/database-url.ts';
import { databaseUrl, redisUrl } from '../../libs/runtime/src/settings/store-urls/store-urls.ts';

const secret = 'hunter2';
const base = `postgres://app:${secret}@db.example:6000/jobs`;

function faultOf(schema: z.ZodType, text: string): string {
  const parsed = z.safeParse(schema, text);
  return parsed.success ? 'valid' : parsed.error.issues.map(({ message }) => message).join('\n');
}

test.each([
  ['postgres://h', [['h', 5432]], undefined],
  ['postgresql://h:6000/d', [['h', 6000]], 'd'],
  ['postgres://[::1]:6000/d', [['::1', 6000]], 'd'],
  ['postgres://[2001:db8::1]/d', [['2001:db8::1', 5432]], 'd'],
  [
    'postgres://a:6000,b,[::1]:6001/d',
    [
      ['a', 6000],
      ['b', 5432],
      ['::1', 6001],
    ],
    'd',
  ],
  ['postgres:///d?host=h&port=6000', [['h', 6000]], 'd'],
  ['postgres://?host=::1&dbname=d%20e', [['::1', 5432]], 'd e'],
  ['  postgres://h/d\n', [['h', 5432]], 'd'],
] as const)('The hosts and the database of %s are those of libpq', (url, hosts, database) => {
  const address = parseDatabaseUrl(url);
  expect(address.hosts.map(({ host, port }) => [host, port])).toEqual(hosts);
  expect(address.database).toBe(database);
});

test.each(['postgres://%2Fvar%2Frun%2Fpg:6000/d', 'postgres:///d?host=/var/run/pg&port=6000'])(
  'The Unix socket of %s is found',
  (url) => {
    expect(parseDatabaseUrl(url)).toMatchObject({ socket: '/var/run/pg/.s.PGSQL.6000', hosts: [], database: 'd' });
  },
);

test.each([
  ['postgres://u:p%40%2F%25@h/d', 'u', 'p@/%'],
  ['postgres://u@server:p#w@h/d', 'u@server', 'p#w'],
  ['postgres://h/d?user=u&password=p+w', 'u', 'p+w'],
])('The user and the password of %s are read', (url, user, password) => {
  expect(parseDatabaseUrl(url)).toMatchObject({ user, password, hosts: [{ host: 'h' }] });
});

test.each([
  ['', undefined],
  ['sslmode=disable', undefined],
  ['sslmode=', undefined],
  ['ssl=false', undefined],
  ['sslmode=allow', 'prefer'],
  ['sslmode=prefer', 'prefer'],
  ['sslmode=require', 'require'],
  ['ssl=require', 'require'],
  ['sslmode=no-verify', 'require'],
  ['sslmode=verify-ca', 'verify-ca'],
  ['sslmode=verify-full', 'verify-full'],
  ['ssl=true', 'verify-full'],
  ['sslrootcert=system', 'verify-full'],
  ['sslmode=require&sslrootcert=system', 'verify-full'],
  ['sslmode=require&ssl_min_protocol_version=TLSv1.3&sslnegotiation=direct', 'require'],
])('The parameters "%s" ask for the encryption %s', (query, mode) => {
  expect(parseDatabaseUrl(`${base}?${query}`).encryption?.mode).toBe(mode);
});

test.each([
  ['channel_binding=prefer&gssencmode=prefer&client_encoding=UTF8&keepalives=1&target_session_attrs=any', []],
  ['channel_binding=require', ['channel_binding (sslmode=verify-full proves who the server is)']],
  ['connect_timeout=10&application_name=mine&connect_timeout=11', ['connect_timeout', 'application_name']],
  [
    'fallback_application_name=a&tcp_user_timeout=b&passfile=c',
    ['fallback_application_name', 'tcp_user_timeout', 'passfile'],
  ],
  ['pgbouncer=true', ['pgbouncer (set DATABASE_PREPARE=false)']],
  ['constructor=a&__proto__=b', ['constructor (a setting', '__proto__ (a setting']],
  ['search_path=a', ['search_path (a setting of the server is written options=-c%20name%3Dvalue)']],
  ['a%0Ab=1', ['a?b (a setting']],
])('Of the parameters "%s", one line names those without an effect', (query, names) => {
  const lines = findIneffectiveSettings({ DATABASE_URL: `${base}?sslmode=require&${query}&options=-c%20a%3Db` });
  expect(lines).toHaveLength(names.length === 0 ? 0 : 1);
  for (const name of names) expect(lines[0]).toContain(name);
  expect(lines.join()).not.toContain(secret);
  expect(lines.join()).not.toContain('\n');
  expect(z.parse(databaseUrl(), `${base}?sslmode=require&${query}`).replace('&target_session_attrs=any', '')).toBe(
    `${base}?sslmode=require`,
  );
});

test.each([
  ['mysql://h/d', /starts with postgres:\/\/ or postgresql:\/\//],
  ['postgres:h', /starts with/],
  [`"${base}"`, /starts with/],
  [`${base}?sslmode=on`, /^sslmode must be disable, allow/],
  [`${base}?sslmode=Require`, /^sslmode must be/],
  [`${base}?sslmode=require&sslnegotiation=tls`, /^sslnegotiation must be/],
  [`${base}?sslmode=require&sslrootcert=/nowhere/root.crt`, /^sslrootcert cannot be read: ENOENT/],
  [`${base}?sslmode=require&sslkey=${encodeURIComponent(import.meta.filename)}`, /certificates that cannot be used/],
  [`${base}?sslmode=require&ssl_min_protocol_version=1.2`, /^ssl_min_protocol_version must be/],
  [`${base}?gssencmode=require`, /^gssencmode=require cannot be met/],
  [`${base}?target_session_attrs=standby`, /^target_session_attrs must be any, read-write or primary/],
  [`${base}?target_session_attrs=x`, /^target_session_attrs must be/],
  [`${base}?port=0`, /port from 1 to 65535/],
  [`${base}?options=%`, /write % as %25/],
  [`postgres://app:${secret}%zz@h/d`, /write % as %25/],
  [`postgres://app:${secret}/x@h/d`, /\/ as %2F/],
  [`postgres://app:${secret}?x@h/d`, /\? as %3F/],
  [`postgres://app:${secret} x@h/d`, /space as %20/],
  ['postgres://h:70000/d', /port from 1 to 65535/],
  ['postgres://h:abc/d', /port from 1 to 65535/],
  ['postgres://::1/d', /IPv6 address stands in brackets/],
  ['postgres://%2Ftmp,h/d', /one/],
])('DATABASE_URL=%s is refused in one line that says how to mend it', (url, reason) => {
  const fault = faultOf(databaseUrl(), url);
  expect(fault).toMatch(reason);
  expect(fault).not.toContain(secret);
  expect(fault).not.toContain('\n');
});

test.each([
  ['redis://h', 'redis://:@h:6379/0'],
  ['redis://', 'redis://:@localhost:6379/0'],
  [`rediss://u:${secret}@h:6000/3`, `rediss://u:${secret}@h:6000/3`],
  ['redis://:p%40%2F@[::1]:6000?db=2&family=6', 'redis://:p%40%2F@[::1]:6000/2?family=6'],
  ['redis://:p#w@h/1', 'redis://:p%23w@h:6379/1'],
  ['redis://h?password=p&ssl_cert_reqs=none&commandTimeout=1&constructor=1', 'redis://:p@h:6379/0'],
])('REDIS_URL=%s is passed on as %s', (url, canonical) => {
  expect(z.parse(redisUrl(), url)).toBe(canonical);
});

test.each([
  ['http://h', /starts with redis:\/\/ or rediss:\/\//],
  ['redis+unix:///run/redis.sock', /starts with/],
  [`redis://:${secret}@h/jobs`, /number of a database/],
  ['redis://h/0/1', /number of a database/],
  ['redis://h?db=-1', /number of a database/],
  ['redis://a:1,b:2', /one host/],
  ['redis://h:0', /port from 1/],
  ['redis://h?family=5', /family must be/],
  [`redis://:${secret}%@h`, /write % as %25/],
  ['redis://a^b', /host/],
])('REDIS_URL=%s is refused in one line that says how to mend it', (url, reason) => {
  const fault = faultOf(redisUrl(), url);
  expect(fault).toMatch(reason);
  expect(fault).not.toContain(secret);
  expect(fault).not.toContain('\n');
});

const ports = settingNames.filter((name) => name.endsWith('PORT'));

test.each(ports)(
  'A %s that Kubernetes made for a service counts as unset, and one line says where it comes from',
  (name) => {
    const link = 'tcp://10.96.0.12:3001';
    const schema = z.object({ [name]: z.string().default('the default') });
    expect(readSettings(schema, { [name]: link })[name]).toBe('the default');
    expect(findIneffectiveSettings({ [name]: link })).toEqual([expect.stringMatching(`^${name}=${link} .*Kubernetes`)]);
  },
);

test('The names that Kubernetes makes for services of these names are no misspelled settings', () => {
  const links = ['BOARD', 'FILES', 'OPS', 'WORKER_OPS', 'REDIS', 'API'].flatMap((service) => [
    [`${service}_SERVICE_HOST`, '10.96.0.12'],
    [`${service}_SERVICE_PORT`, '3001'],
    [`${service}_SERVICE_PORT_HTTP`, '3001'],
    [`${service}_PORT_3001_TCP`, 'tcp://10.96.0.12:3001'],
    [`${service}_PORT_3001_TCP_PROTO`, 'tcp'],
    [`${service}_PORT_3001_TCP_PORT`, '3001'],
    [`${service}_PORT_3001_TCP_ADDR`, '10.96.0.12'],
  ]);
  const environment = { ...Object.fromEntries(links), REDIS_PORT: 'tcp://10.96.0.12:6379' } as Record<string, string>;
  expect(findIneffectiveSettings(environment)).toEqual([]);
});

test('A board beside a Kubernetes service named board listens on its default port', () => {
  const environment = {
    BOARD_PORT: 'tcp://10.96.0.12:3001',
    BOARD_PASSWORD: 'a long password',
    REDIS_URL: 'redis://h',
  };
  expect(readSettings(board, environment).BOARD_PORT).toBe(3001);
});
