import { z } from 'zod';
import { filterFields, inOrder, notInOrder } from './list.ts';

/** The filter of the list, for failed jobs. */
export const retryFilter = z
  .strictObject({ ...filterFields, state: z.literal('failed').optional() })
  .refine(inOrder, notInOrder)
  .describe('Which failed jobs; an empty one means all of them')
  .meta({ id: 'RetryFilter' });
export type RetryFilter = z.infer<typeof retryFilter>;

/** What `POST /v1/jobs/retry` takes. The filter must be there, so that an empty body does not retry everything. */
export const retryRequest = z.strictObject({ filter: retryFilter }).meta({ id: 'RetryRequest' });
