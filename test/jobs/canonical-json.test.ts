import { expect, test } from 'vitest';
import { canonicalJson } from '../../libs/jobs/src/submit/canonical-json.ts';

// The examples of RFC 8785, sections 3.2.2 to 3.2.4.
test('Canonical JSON has for each value the form of RFC 8785', () => {
  const numbers = [333333333.3333333, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0];
  expect(canonicalJson({ numbers, literals: [null, true, false] })).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}',
  );
  expect(canonicalJson('\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/')).toBe(String.raw`"€$\u000f\nA'B\"\\\\\"/"`);
  const sorted = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '😀': 5, '\u0080': 6, ö: 7 };
  expect([...canonicalJson(sorted).matchAll(/:(\d)/g)].map(([, digit]) => digit).join('')).toBe('2467153');
});

test('Canonical JSON differs only where the values differ', () => {
  expect(canonicalJson({ b: 1, a: { d: undefined, c: [1.0, { z: 1, y: 2 }] } })).toBe(
    canonicalJson({ a: { c: [1, { y: 2, z: 1 }] }, b: 1 }),
  );
});
