import { childTraceparent, readTraceparent, traceIdOf } from '@turno/runtime';
import { expect, test } from 'vitest';
import { requestIdFrom } from '../../apps/api/src/http/request/request-id.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test.each(['abc', '5f0c2f52-1d0a-4f4e-9b0e-0c1f6d1b7a55', 'Root=1-67891233-abcdef012345678912345678', 'a'.repeat(128)])(
  'The request id %s of the client is used',
  (id) => {
    expect(requestIdFrom(id)).toBe(id);
  },
);

test.each([undefined, '', 'a b', 'a\tb', '<script>', '"', 'é', 'a'.repeat(129), ['a', 'b']])(
  'The invalid request id %s is replaced by a new one',
  (id) => {
    expect(requestIdFrom(id)).toMatch(/^[0-9a-f-]{36}$/);
  },
);

test.each([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-00`, `01-${trace}-${parent}-01-more`])(
  'The traceparent %s is read and passed on with a new span id',
  (header) => {
    const read = readTraceparent(header) ?? '';
    expect([traceIdOf(read), read.slice(36, 52)]).toEqual([trace, parent]);
    const passed = childTraceparent(read);
    expect(passed).not.toBe(read);
    expect(readTraceparent(passed)).toBe(passed);
    expect([traceIdOf(passed), passed.slice(-2)]).toEqual([trace, read.slice(-2)]);
  },
);

test.each([
  undefined,
  '',
  trace,
  `00-${trace}-${parent}`,
  `00-${trace}-${parent}-01-more`,
  `ff-${trace}-${parent}-01`,
  `00-${'0'.repeat(32)}-${parent}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${parent}-01`,
])('The invalid traceparent %s is ignored', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});
