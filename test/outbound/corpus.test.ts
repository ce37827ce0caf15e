import { createOutbound } from '@turno/runtime';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { nestedAddress } from '../support/http/nested-addresses.ts';

/** Names that resolve as listed; every other host of this file is an address. */
const names: Record<string, string[]> = {
  'public.test': ['8.8.8.8', '2606:4700::1111'],
  'private.test': ['10.0.0.1'],
  'mixed.test': ['8.8.8.8', '::1'],
  'scoped.test': ['fe80::1%eth0'],
  'mapped.test': ['::ffff:10.0.0.1'],
  'nested.test': ['2002:808:808::5efe:7f00:1'],
};
const resolve = (name: string) =>
  Promise.resolve((names[name.replace(/\.$/, '')] ?? []).map((address) => ({ address, family: 4 })));
const outbound = createOutbound({ allowHosts: [], resolve });
afterAll(() => outbound.close());

/** Returns the code of the refusal, or `allowed`. Nothing is ever connected. */
async function verdictOn(url: string, guard = outbound): Promise<string> {
  return guard.check(url).then(
    () => 'allowed',
    (error: { code: string }) => error.code,
  );
}

async function verdicts(urls: readonly string[], guard = outbound): Promise<Record<string, string>> {
  return Object.fromEntries(await Promise.all(urls.map(async (url) => [url, await verdictOn(url, guard)] as const)));
}

function allOf(urls: readonly string[], verdict: string): Record<string, string> {
  return Object.fromEntries(urls.map((url) => [url, verdict]));
}

const http = (hosts: string) => hosts.trim().split(/\s+/).map((host) => `http://${host}/`); // prettier-ignore
const withPort = (host: string, ports: string) => ports.trim().split(/\s+/).map((port) => `http://${host}:${port}/`); // prettier-ignore

const privateForms: Record<string, string[]> = {
  'in any spelling of IPv4': http(`
    127.0.0.1 127.0.0.1. 127.1 127.0.1 2130706433 0x7f000001 0x7f.1 017700000001 0177.0.0.1 0x7f.0.0.1 127.000.000.001
    0 0.0.0.0 00 0x0 0.1 10.0.0.1 10.255.255.255 012.1 167772161 0xa000001 172.16.0.1 172.31.255.255 0xac.0x10.0.1
    192.168.0.1 192.168.255.255 3232235521 0xc0a80001 169.254.169.254 169.254.0.23 2852039166 0xa9fea9fe
    0251.0376.0251.0376 169.254.43518 %31%32%37.0.0.1 ①②⑦.0.0.1 127。0。0。1 １２７.0.0.1 127.0.0.1%2E`),
  'in a reserved range of IPv4': http(`
    0.1.2.3 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.1 192.0.0.192 192.0.2.1 192.88.99.1 192.31.196.1
    192.52.193.1 192.175.48.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 168.63.129.16`),
  'in a special range of IPv6': http(`
    [::] [::1] [0:0:0:0:0:0:0:1] [::0001] [fe80::1] [febf::1] [fec0::1] [fc00::1] [fd00:ec2::254] [fd20:ce::254]
    [ff02::1] [ff0e::1] [100::1] [100:0:0:1::1] [2001:db8::1] [3fff::1] [3fff:fff::1] [5f00::1] [4000::1] [1::1] [e000::1]
    [2001:2::1] [2001:3::1] [2001:4:112::1] [2001:10::1] [2001:20::1] [2001:30::1] [2620:4f:8000::1]`),
  'wrapped once': http(`
    [::ffff:127.0.0.1] [::FFFF:10.0.0.1] [::ffff:a9fe:a9fe] [0:0:0:0:0:ffff:7f00:1] [::127.0.0.1] [::8.8.8.8]
    [::ffff:0:127.0.0.1] [::ffff:0:8.8.8.8] [64:ff9b::7f00:1] [64:ff9b::10.0.0.1] [64:ff9b::169.254.169.254]
    [64:ff9b::168.63.129.16] [2002:7f00:1::] [2002:a9fe:a9fe::1] [2002:c0a8:1::] [2002:e000:1::1] [2002:a83f:8110::1]
    [2606:4700::5efe:a00:1] [2606:4700::200:5efe:a9fe:a9fe] [2606:4700::100:5efe:7f00:1] [2606:4700::300:5efe:7f00:1]`),
  'behind a NAT64 prefix of any length that no public host has': http(`
    [64:ff9b:1::808:808] [64:ff9b:1::127.0.0.1] [64:ff9b:1:7f00:0:100::] [64:ff9b:1:7f::1:0:0] [64:ff9b:1:0:7f:0:100::]
    [64:ff9b:1:fffe::7f00:1] [64:ff9b:7f00:1::] [64:ff9b:7f:0:1::] [64:ff9b:808:808::] [64:ff9b:2::808:808]
    [64:ff9b:0:0:1::808:808] [64:ff9a::808:808]`),
  'in a Teredo address, as client or as server': http(`
    [2001::1] [2001:0:808:808:8000:63bf:f7f7:f7f7] [2001:0:7f00:1:8000:63bf:f7f7:f7f7]
    [2001:0:808:808:8000:63bf:80ff:fffe] [2001:0:4136:e378:8000:63bf:3fff:fdd2]`),
  'wrapped twice': http(`
    [2002:808:808::5efe:127.0.0.1] [2002:808:808::200:5efe:a00:1] [2002:808:808:1:100:5efe:a9fe:a9fe]
    [2002:7f00:1::5efe:8.8.8.8] [2002:808:808::300:5efe:a83f:8110] [2002:a9fe:a9fe::5efe:127.0.0.1]`),
  'whose wrapper is private although the wrapped address is public': http(`
    [fd00::5efe:8.8.8.8] [fe80::5efe:808:808] [fe80::200:5efe:8.8.8.8] [fec0::5efe:808:808] [ff02::5efe:808:808]
    [2001:db8::5efe:8.8.8.8] [::5efe:808:808] [4000::5efe:808:808] [2001:0:808:808::5efe:808:808] [3fff::5efe:808:808]`),
  'behind a name': http('private.test mixed.test scoped.test mapped.test nested.test PRIVATE.test. mixed%2Etest'),
};

test.each(Object.entries(privateForms))('A private address is refused %s', async (_form, urls) => {
  expect(await verdicts(urls)).toEqual(allOf(urls, 'address-refused'));
});

test('A public address is allowed in every spelling and wrapper', async () => {
  const urls = [
    ...http(
      '8.8.8.8 8.8.8.8. 134744072 0x08080808 010.010.010.010 8.526344 1.1.1.1 9.255.255.255 11.0.0.1 100.63.255.255',
    ),
    ...http('100.128.0.1 126.255.255.255 128.0.0.1 169.253.1.1 172.15.255.255 172.32.0.1 192.167.1.1 192.169.1.1'),
    ...http('223.255.255.255 198.17.255.255 198.20.0.1 168.63.129.17 [2606:4700::1111] [2a00:1450:4001:80b::200e]'),
    ...http('[::ffff:8.8.8.8] [64:ff9b::808:808] [2002:808:808::] [2002:808:808::1] [2606:4700::5efe:808:808]'),
    ...http('[2002:808:808::5efe:808:808] [2606:4700::5eff:7f00:1] [2606:4700::400:5efe:7f00:1] [2001:200::1]'),
    ...http('public.test PUBLIC.TEST public.test.'),
    'https://8.8.8.8/',
    'https://8.8.8.8:443/#fragment',
    'HTTP:\\\\8.8.8.8/',
  ];
  expect(await verdicts(urls)).toEqual(allOf(urls, 'allowed'));
});

test('A text that is no plain absolute http or https URL is refused before a name is resolved', async () => {
  // prettier-ignore
  const urls = [
    '', '/', '//8.8.8.8/', 'http://', 'http:///', 'http://?', '8.8.8.8', 'localhost:80', 'about:blank',
    'ftp://8.8.8.8/', 'file:///etc/passwd', 'gopher://8.8.8.8/', 'javascript:1', 'data:,x', 'ws://8.8.8.8/',
    'blob:http://8.8.8.8/', 'unix:/run/docker.sock', 'http+unix://%2Frun/', 'jar:http://8.8.8.8!/',
    'http://user@8.8.8.8/', 'http://:pw@8.8.8.8/', 'http://8.8.8.8%40127.0.0.1/', 'http://a:b@127.0.0.1/',
    'http://8.8.8.8:65536/', 'http://8.8.8.8:-1/', 'http://8.8.8.8:0x50/', 'http://8.8.8.8:80:80/',
    'http://[::1/', 'http://[fe80::1%25eth0]/', 'http://[::g]/', 'http://[1.2.3.4]/', 'http://[::1]x/',
    'http://256.1.1.1/', 'http://1.2.3.4.5/', 'http://0x100000000/', 'http://09.1.1.1/', 'http://exa mple/',
    'http://a b@8.8.8.8/', 'http://8.8.8.8^/', 'http://%00/', 'http://a%00b/', 'http://\u202e/', 'http://a<b/',
  ];
  expect(await verdicts(urls)).toEqual(allOf(urls, 'url-refused'));
});

const otherProtocols =
  '0 1 7 9 19 20 21 22 23 25 53 79 110 111 119 135 139 143 179 389 465 514 587 636 993 995 2049 6000 6667 10080';
const stores =
  '445 1433 1521 2181 2375 2379 2380 3306 3389 5432 5672 5900 5984 6379 6432 6443 9042 9092 9200 9300 11211 27017';

test('A public host is refused on the ports of other protocols and of stores, however the port is spelled', async () => {
  const urls = [
    ...withPort('8.8.8.8', `${otherProtocols} ${stores} 0022 000005432`),
    ...withPort('[2606:4700::1111]', '22 25 5432 6379'),
    ...withPort('[64:ff9b::808:808]', '22 6379'),
    ...withPort('public.test', '25 6379 27017'),
    'https://8.8.8.8:22/',
    'https://public.test:5432/',
  ];
  expect(await verdicts(urls)).toEqual(allOf(urls, 'address-refused'));
  await expect(outbound.check('http://8.8.8.8:25/')).rejects.toThrow(
    'port 25 is not a port of web servers, and OUTBOUND_ALLOW_HOSTS does not name 8.8.8.8:25',
  );
});

test('A public host is allowed on every port on which web servers are common', async () => {
  const urls = withPort(
    '8.8.8.8',
    '80 81 443 591 1024 3000 4000 4443 5000 5001 7001 8000 8008 8080 8081 8443 8888 9000 9090 10443 32768 60999',
  );
  expect(await verdicts(urls)).toEqual(allOf(urls, 'allowed'));
});

test('Only an entry of OUTBOUND_ALLOW_HOSTS with the port allows a blocked port of a public host, and any port of a store', async () => {
  const bare = createOutbound({ allowHosts: ['8.8.8.8', 'public.test', '10.0.0.0/8', '127.0.0.1'], resolve });
  expect(await verdicts(http('10.1.2.3 127.0.0.1 private.test'), bare)).toEqual(
    allOf(http('10.1.2.3 127.0.0.1 private.test'), 'allowed'),
  );
  const refused = ['http://8.8.8.8:25/', 'http://public.test:25/', 'http://public.test:6379/', 'http://10.1.2.3:5432/'];
  const store = ['http://127.0.0.1:6379/', 'http://private.test:9200/'];
  expect(await verdicts([...refused, ...store], bare)).toEqual(allOf([...refused, ...store], 'address-refused'));
  const entries = ['8.8.8.8:25', 'public.test:25', '10.1.2.3:5432', '127.0.0.1:6379', 'private.test:9200'];
  const named = createOutbound({ allowHosts: [...entries, '[2606:4700::1111]:25'], resolve });
  const urls = [
    ...refused.filter((url) => url !== 'http://public.test:6379/'),
    ...store,
    'http://[2606:4700::1111]:25/',
  ];
  expect(await verdicts(urls, named)).toEqual(allOf(urls, 'allowed'));
  const others = ['http://8.8.8.8:22/', 'http://public.test:6379/', 'http://10.1.2.3:6379/', 'http://127.0.0.1/'];
  expect(await verdicts(others, named)).toEqual(allOf(others, 'address-refused'));
});

test('An allowed range allows a wrapped address only when it contains every address that the wrapper leads to', async () => {
  const ten = createOutbound({ allowHosts: ['10.0.0.0/8'], resolve });
  const allowed = http(
    '[::ffff:10.0.0.1] [64:ff9b::a00:1] [2002:a00:1::] [2002:808:808::5efe:a00:1] [2002:a00:1::5efe:a00:2]',
  );
  const refused = http(
    '[2002:a00:1::5efe:127.0.0.1] [2002:7f00:1::5efe:a00:1] [fd00::5efe:a00:1] [::10.0.0.1] [64:ff9b:1::a00:1]',
  );
  expect(await verdicts([...allowed, ...refused], ten)).toEqual({
    ...allOf(allowed, 'allowed'),
    ...allOf(refused, 'address-refused'),
  });
});

test('Every address that wraps a private address at any depth is refused, and one that wraps public ones is allowed', async () => {
  const property = fc.asyncProperty(nestedAddress, async ({ host, isPublic }) => {
    expect([host, await verdictOn(`http://${host}/`)]).toEqual([host, isPublic ? 'allowed' : 'address-refused']);
  });
  await fc.assert(property, { numRuns: 500, seed: 12 });
});
