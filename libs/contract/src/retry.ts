import { z } from 'zod';
import { filterFields, inOrder, notInOrder } from './list.ts';

/** The filter of the job list, limited to failed jobs. */
export const retryFilter = z
  .strictObject({ ...filterFields, state: z.literal('failed').optional() })
  .refine(inOrder, notInOrder)
  .describe('Selects failed jobs; an empty filter selects all of them')
  .meta({ id: 'RetryFilter' });
export type RetryFilter = z.infer<typeof retryFilter>;

/** The body of `POST /v1/jobs/retry`. Without a filter, all failed jobs are retried. */
export const retryRequest = z.strictObject({ filter: retryFilter.prefault({}) }).meta({ id: 'RetryRequest' });
