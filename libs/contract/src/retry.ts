import { z } from 'zod';
import { filterFields, inOrder, notInOrder } from './list.ts';

/** The filter of the job list, limited to failed jobs. */
export const retryFilter = z
  .strictObject({ ...filterFields, state: z.literal('failed').optional() })
  .refine(inOrder, notInOrder)
  .describe('Selects failed jobs; an empty filter selects all of them')
  .meta({ id: 'RetryFilter' });
export type RetryFilter = z.infer<typeof retryFilter>;

/** The body of `POST /v1/jobs/retry`. The filter is required, so that an empty body does not retry every job. */
export const retryRequest = z.strictObject({ filter: retryFilter }).meta({ id: 'RetryRequest' });
