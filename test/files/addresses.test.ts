import { createUrlSigner, type Grant } from '@turno/files';
import { describe, expect, test } from 'vitest';

const secret = 'the first secret that is long enough';
const signer = createUrlSigner([secret]);
const now = 1_800_000_000;
const download: Grant = { method: 'GET', key: 'a/b', expires: now + 60, contentType: 'image/png', name: 'a b.png' };
const upload: Grant = {
  method: 'PUT',
  key: 'in/file_1',
  expires: now + 60,
  contentType: 'text/plain; charset=utf-8',
  bytes: 10,
  sha256: 'ab'.repeat(32),
};

test('A signed URL yields its grant until it expires', () => {
  for (const grant of [download, upload]) {
    const address = signer.sign(grant);
    expect(signer.check(grant.method, address, now)).toMatchObject({ ...grant });
    expect(signer.check(grant.method, address, now + 59)).toMatchObject({ key: grant.key });
    expect(signer.check(grant.method, address, now + 60)).toBe('expired');
  }
});

describe('A signed URL that was changed in any way is rejected', () => {
  const address = signer.sign(upload);
  const changed: [string, string, string][] = [
    ['another method', 'GET', address],
    ['another key', 'PUT', address.replace('file_1', 'file_2')],
    ['a later end', 'PUT', address.replace(String(now + 60), String(now + 61))],
    ['another type', 'PUT', address.replace('text%2Fplain', 'text%2Fhtml')],
    ['another length', 'PUT', address.replace('bytes=10', 'bytes=11')],
    ['another spelling of the length', 'PUT', address.replace('bytes=10', 'bytes=010')],
    ['a length as a float', 'PUT', address.replace('bytes=10', 'bytes=10.0')],
    ['no checksum', 'PUT', address.replace(/&sha256=\w+/, '')],
    ['another checksum', 'PUT', address.replace('ab'.repeat(32), 'ac'.repeat(32))],
    ['a name more', 'PUT', address.replace('&signature', '&name=x&signature')],
    ['a parameter twice', 'PUT', address.replace('&bytes=10', '&bytes=10&bytes=10')],
    ['a parameter after the signature', 'PUT', `${address}&x=1`],
    ['a fragment of a query more', 'PUT', `${address}?x=1`],
    ['another order', 'PUT', address.replace(/(expires=\d+)&(type=[^&]+)/, '$2&$1')],
    ['an escaped path to another key', 'PUT', address.replace('/in/', '/%6Fn/')],
    ['a path that is no escape', 'PUT', address.replace('/in/', '/%i/')],
    ['a path with an escaped dot', 'PUT', address.replace('/in/', '/in/%2e%2e/in/')],
    ['a path with a dot', 'PUT', address.replace('/in/', '/in/../in/')],
    ['a doubled slash', 'PUT', address.replace('/in/', '//in/')],
    ['a signature with padding', 'PUT', `${address}=`],
    ['a signature cut short', 'PUT', address.slice(0, -1)],
    ['a signature in another case', 'PUT', address.replace(/[a-z]$/, (last) => last.toUpperCase())],
    ['no signature', 'PUT', address.replace(/&signature=.*/, '')],
    ['an empty signature', 'PUT', address.replace(/&signature=.*/, '&signature=')],
    ['nothing', 'PUT', ''],
    ['a huge address', 'PUT', `${address}${'x'.repeat(5_000)}`],
  ];
  test.each(changed)('A signed URL with a change is rejected: %s', (_what, method, text) => {
    // The last letter of a signature carries spare bits; a change that is none would prove nothing.
    if (text !== address || method !== 'PUT') expect(signer.check(method, text, now)).toBe('not-signed');
  });

  test('A URL signed with another secret is rejected', () => {
    expect(createUrlSigner(['another secret that is long enough']).check('PUT', address, now)).toBe('not-signed');
  });
});

const name = "~a b+c%2F(d)'!*,;:@&=?#[é]€~.png";
const respellings: [string, (url: string) => string][] = [
  [
    'python-requests, which decodes unreserved characters',
    (url) => url.replaceAll(/%(?:2D|2E|5F|7E)/g, decodeURIComponent),
  ],
  [
    'aiohttp, which decodes all that a query may have',
    (url) => url.replaceAll(/%(?:2F|3A|40|3F|7E|21|24|27|28|29|2A|2C)/g, decodeURIComponent),
  ],
  ['escapes in lower case', (url) => url.replaceAll(/%../g, (escape) => escape.toLowerCase())],
  ['a plus for a space', (url) => url.replaceAll('%20', '+')],
  [
    'escapes of everything',
    (url) => url.replaceAll(/[a-z](?=[^=&?/]*(?:&|$))/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  ],
  ['escapes in the path', (url) => url.replace('/in/', '/%69n/').replace('file_', 'file%5F')],
];
test.each(respellings)('A signed URL is valid when a client respells its escapes: %s', (_what, respell) => {
  for (const grant of [download, upload, { ...download, key: 'in/file_1', name }]) {
    expect(signer.check(grant.method, respell(signer.sign(grant)), now)).toMatchObject({ ...grant });
  }
});

test('A signed URL has no plus, which clients read as a space or as itself', () => {
  expect(signer.sign({ ...download, name, contentType: 'image/svg+xml; charset=utf-8' })).not.toContain('+');
});

test('A URL signed with a previous secret is valid while the settings name that secret', () => {
  const fresh = 'the second secret that is long enough';
  const old = signer.sign(download);
  expect(createUrlSigner([fresh, secret]).check('GET', old, now)).toMatchObject({ key: 'a/b' });
  expect(createUrlSigner([fresh]).check('GET', old, now)).toBe('not-signed');
  expect(createUrlSigner([fresh, secret]).sign(download)).toBe(createUrlSigner([fresh]).sign(download));
});
