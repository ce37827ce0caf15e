import { createOutbound } from '@turno/runtime';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { nestedAddress } from '../support/http/nested-addresses.ts';

const outbound = createOutbound({ allowHosts: [] });
afterAll(() => outbound.close());

/** A failed run prints its seed; `{ seed }` repeats it. */
test('Of 50,000 random addresses that contain others, exactly those that reach only public addresses are allowed', async () => {
  const property = fc.asyncProperty(nestedAddress, fc.constantFrom(80, 443, 8080), async ({ host, isPublic }, port) => {
    const verdict = await outbound.check(`http://${host}:${port}/`).then(
      () => 'allowed',
      (error: { code: string }) => error.code,
    );
    expect([host, verdict]).toEqual([host, isPublic ? 'allowed' : 'address-refused']);
  });
  await fc.assert(property, { numRuns: 50_000 });
});
