import { isHostHeader, isHttpTarget } from '@turno/runtime';
import { expect, test } from 'vitest';

test.each([
  'localhost',
  'localhost:3000',
  'a',
  'EXAMPLE.com',
  'example.com.',
  'my_api:80',
  'xn--mnchen-3ya.de',
  '1.2.3.4:65535',
  '[::1]',
  '[::1]:3000',
  '[2001:db8::1]:443',
  '[::ffff:1.2.3.4]',
  'example.com:',
  'a-b.c-d',
  "a!$&'()*+;=~b",
])('The Host header %j names one host', (value) => {
  expect(isHostHeader(value)).toBe(true);
});

test.each([
  '',
  ' ',
  'exa mple',
  'exa\tmple',
  'a, b',
  'a,b',
  'a b',
  'a/b',
  'a\\b',
  'a?b',
  'a#b',
  'user@a',
  'user:pw@a',
  'http://a',
  'a:b',
  'a:-1',
  'a:65536',
  'a:999999',
  'a:80:80',
  'a: 80',
  'a:80 ',
  ':',
  ':80',
  '::1',
  '[::1',
  '::1]',
  '[]',
  '[::g]',
  '[1.2.3.4]',
  '[::1]x',
  '[::1]:x',
  '[fe80::1%25eth0]',
  'a%20b',
  'a%zz',
  'a%00',
  'a"b',
  '<a>',
  '{a}',
  'a|b',
  'a^b',
  'm\u00fcller',
  'm\u00c3\u00bcller',
  '\u00ff',
  'a'.repeat(256),
])('The Host header %j is malformed', (value) => {
  expect(isHostHeader(value)).toBe(false);
});

test('A request target is a path, an asterisk, or an http URL of one host', () => {
  for (const target of ['/', '/v1/jobs?a=b', '//a', '*', 'http://a/', 'HTTPS://a:1/v1', 'http://[::1]:3000']) {
    expect([target, isHttpTarget(target)]).toEqual([target, true]);
  }
  const others = [
    '',
    'a',
    'ftp://a/',
    'http://',
    'http:///v1',
    'http://u@a/',
    'http://u:p@a/',
    'http://a:b/',
    'http://[::1/',
  ];
  for (const target of others) expect([target, isHttpTarget(target)]).toEqual([target, false]);
});
