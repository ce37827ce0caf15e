import { z } from 'zod';

const time = z.iso.datetime({ offset: true });

/** The filter of the list, for failed jobs. */
export const retryFilter = z
  .strictObject({
    state: z.literal('failed').optional(),
    kind: z.string().min(1).max(100).optional(),
    tag: z.string().min(1).max(64).optional(),
    createdAfter: time.optional().describe('Accepted at this time or later'),
    createdBefore: time.optional().describe('Accepted before this time'),
  })
  .describe('Which failed jobs; an empty one means all of them')
  .meta({ id: 'RetryFilter' });
export type RetryFilter = z.infer<typeof retryFilter>;

/** What `POST /v1/jobs/retry` takes. The filter must be there, so that an empty body does not retry everything. */
export const retryRequest = z.strictObject({ filter: retryFilter }).meta({ id: 'RetryRequest' });
