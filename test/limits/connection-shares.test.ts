import { expect, test } from 'vitest';
import {
  createConnectionShares,
  streamLimitsOf,
  waitLimitsOf,
} from '../../apps/api/dist/http/stream/connection-shares.js';

test.each([
  [240, { allMax: 120, perTenantMax: 60 }, { allMax: 180, perTenantMax: 120 }],
  [10_000, { allMax: 5_000, perTenantMax: 200 }, { allMax: 7_500, perTenantMax: 5_000 }],
  [1, { allMax: 1, perTenantMax: 1 }, { allMax: 1, perTenantMax: 1 }],
])('Of %s connections, streams and waits leave a share free, and one tenant gets a part', (most, streams, waits) => {
  expect(streamLimitsOf(most, 200)).toEqual(streams);
  expect(waitLimitsOf(most)).toEqual(waits);
});

test('A tenant with its share of connections is refused while another gets one, until all shares are taken', () => {
  const shares = createConnectionShares({ perTenantMax: 2, allMax: 3 });
  const first = shares.take('a');
  shares.take('a');
  expect(shares.take('a')).toBe('tenant-full');
  expect(shares.take('b')).toBeTypeOf('function');
  expect(shares.take('c')).toBe('all-full');
  if (typeof first !== 'function') throw new Error('the first slot was refused');
  first();
  first(); // a second release frees nothing
  expect(shares.take('c')).toBeTypeOf('function');
  expect(shares.take('b')).toBe('all-full');
});
