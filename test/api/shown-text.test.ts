import { fileRequest, newKey, newTenant, submitOptions, tenantChange, toShownText } from '@turno/contract';
import { expect, test } from 'vitest';

const schemas: [string, (text: string) => { success: boolean }][] = [
  ['a file', (name) => fileRequest.safeParse({ contentType: 'a/b', bytes: 1, name })],
  ['an API key', (name) => newKey.safeParse({ name, scopes: ['admin'] })],
  ['a tenant', (name) => newTenant.safeParse({ name })],
  ['a renamed tenant', (name) => tenantChange.safeParse({ name })],
  ['a tag', (tag) => submitOptions.safeParse({ tags: [tag] })],
];

const bidirectional = Array.from('\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069');
const others = Array.from('\0\t\n\r\u001b\u007f\u0085\u009b\u2028\u2029');

test.each(schemas)('A name with a character that reorders, hides or breaks text is refused: %s', (_what, parse) => {
  for (const character of [...bidirectional, ...others]) {
    for (const name of [`photo${character}gpj.exe`, `${character}a`, `a${character}`]) {
      expect([JSON.stringify(name), parse(name).success]).toEqual([JSON.stringify(name), false]);
    }
  }
});

test.each(schemas)('A name in any script is accepted: %s', (_what, parse) => {
  for (const name of ['plain.txt', 'שלום.pdf', 'مرحبا بالعالم', '写真', 'ไทย', 'e\u0301', '👩‍👩‍👧', 'a/b\\c\'"<>&']) {
    expect([name, parse(name).success]).toEqual([name, true]);
  }
});

test('A name that no request checked is shown without these characters', () => {
  expect(toShownText('photo\u202egpj\n.exe')).toBe('photo_gpj_.exe');
});
