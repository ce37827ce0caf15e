import { z } from 'zod';
import { defineKind } from '../define-kind.ts';

export const kind = defineKind({
  name: 'math.sum-of-squares',
  version: 1,
  queue: 'cpu',
  description: 'The sum of i² for 0 ≤ i < n, by a loop, exact to the last digit.',
  input: z.strictObject({
    n: z.int().min(0).max(1_000_000_000).describe('The number of squares to add'),
  }),
  output: z.strictObject({
    sum: z.string().regex(/^\d+$/).describe('Decimal digits: a JSON number beyond 2⁵³ would not be exact'),
  }),
  example: { n: 1_000_000 },
  cacheable: true,
});
