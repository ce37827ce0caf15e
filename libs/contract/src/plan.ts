import { z } from 'zod';

const limit = z.int().min(1).max(2_147_483_647).nullable();

const storageBytesDefault = 10 * 1024 ** 3;

/** The limits of the tenants on a plan. null: no limit. */
export const plan = z
  .object({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
      .describe('Lower-case letters, digits and dashes'),
    bucketCapacity: limit.describe('Requests in one burst; null, together with `refillPerSecond`: no rate limit'),
    refillPerSecond: z.number().positive().max(1_000_000).nullable().describe('Requests per second in the long run'),
    requestsPerMonthMax: z.int().min(0).nullable().describe('Requests per calendar month, UTC'),
    jobsWaitingMax: limit.describe('Jobs that may wait at once'),
    payloadBytesMax: limit.describe('The size of one request body'),
    storageBytesMax: z
      .int()
      .min(1)
      .nullable()
      .default(storageBytesDefault)
      .describe('Bytes of files, stored and promised by upload addresses; 10 GiB when left out'),
    concurrentRunsMax: limit.describe('Jobs that may run at once; a new limit holds for waiting jobs too'),
  })
  .meta({ id: 'Plan' });
export type Plan = z.infer<typeof plan>;
