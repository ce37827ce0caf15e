import { z } from 'zod';

const limit = z.int().min(1).max(2_147_483_647).nullable();

/** What a tenant may ask for. null: no limit. */
export const plan = z
  .object({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
      .describe('Lower-case letters, digits and dashes'),
    bucketCapacity: limit.describe('Requests that may come at once; null with `refillPerSecond`: no rate limit'),
    refillPerSecond: z.number().positive().max(1_000_000).nullable().describe('Requests per second in the long run'),
    requestsPerMonthMax: z.int().min(0).nullable().describe('Of a calendar month, UTC'),
    jobsWaitingMax: limit.describe('Jobs that may wait for their start'),
    payloadBytesMax: limit.describe('Of one request body'),
    concurrentRunsMax: limit.describe('Jobs that may run at once; one set later holds for jobs that wait as well'),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof plan>;
