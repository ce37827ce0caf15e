import { childTraceparent, readTraceparent, traceIdOf } from '@turno/runtime';
import { expect, it } from 'vitest';
import { requestIdFrom } from '../../apps/api/src/http/request/request-id.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

it.each(['abc', '5f0c2f52-1d0a-4f4e-9b0e-0c1f6d1b7a55', 'Root=1-67891233-abcdef012345678912345678', 'a'.repeat(128)])(
  'the caller’s request id %s is kept',
  (id) => {
    expect(requestIdFrom(id)).toBe(id);
  },
);

it.each([undefined, '', 'a b', 'a\tb', '<script>', '"', 'é', 'a'.repeat(129), ['a', 'b']])(
  'instead of %s a new request id is made',
  (id) => {
    expect(requestIdFrom(id)).toMatch(/^[0-9a-f-]{36}$/);
  },
);

it.each([`00-${trace}-${parent}-01`, `00-${trace}-${parent}-00`, `01-${trace}-${parent}-01-more`])(
  'the trace of %s is read and passed on as another step',
  (header) => {
    const read = readTraceparent(header) ?? '';
    expect([traceIdOf(read), read.slice(36, 52)]).toEqual([trace, parent]);
    const passed = childTraceparent(read);
    expect(passed).not.toBe(read);
    expect(readTraceparent(passed)).toBe(passed);
    expect([traceIdOf(passed), passed.slice(-2)]).toEqual([trace, read.slice(-2)]);
  },
);

it.each([
  undefined,
  '',
  trace,
  `00-${trace}-${parent}`,
  `00-${trace}-${parent}-01-more`,
  `ff-${trace}-${parent}-01`,
  `00-${'0'.repeat(32)}-${parent}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `00-${trace.toUpperCase()}-${parent}-01`,
])('%s tells of no trace', (header) => {
  expect(readTraceparent(header)).toBeUndefined();
});
