import { toClientNetwork, trustProxy } from '@turno/runtime';
import { expect, test } from 'vitest';

test.each([
  ['false', false],
  ['1', 1],
  ['32', 32],
  ['10.0.0.0/8', ['10.0.0.0/8']],
  ['loopback, ::1 ,2001:db8::/32', ['loopback', '::1', '2001:db8::/32']],
])('The setting TRUST_PROXY=%s is accepted', (text, value) => {
  expect(trustProxy().parse(text)).toEqual(value);
});

test.each([
  'true',
  '0',
  '33',
  '-1',
  '1.5',
  'all',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/33',
  '10.0.0.0/8/8',
  '10.0.0.0/8,,::1',
  'a,1',
])('The setting TRUST_PROXY=%s is rejected with the allowed values', (text) => {
  const { error } = trustProxy().safeParse(text);
  expect(error?.issues[0]?.message).toContain('must be false, the number of proxies in front');
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:80', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['[2001:db8:1:2::9]:443', '2001:db8:1:2::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
  ['010.0.0.1', undefined],
  ['1.2.3', undefined],
  ['unknown', undefined],
  ['', undefined],
])('The client address %s counts as the network %s', (text, counted) => {
  expect(toClientNetwork(text)).toBe(counted);
});
