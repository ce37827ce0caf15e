import { z } from 'zod';
import { flag, wholeNumber } from './read-settings.ts';
import { databaseUrl, redisUrl } from './store-urls/store-urls.ts';

/** Settings of every process that reads and writes jobs. An app's schema contains them. */
export const storeSettings = {
  DATABASE_URL: databaseUrl(),
  DATABASE_POOL_MAX: wholeNumber(1, 1_000).prefault('10'),
  DATABASE_PREPARE: flag().prefault('true'),
  REDIS_URL: redisUrl(),
  CACHE_REDIS_URL: redisUrl().optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[a-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 lower-case letters, digits, dashes or underscores' })
    .default('turno'),
  KINDS_DIR: z.string().optional(),
  DISPATCH_WINDOW: wholeNumber(1, 1_000_000).prefault('5000'),
  RETENTION_DAYS: wholeNumber(1, 3_650).prefault('7'),
  RESULT_CACHE_SECONDS: wholeNumber(1, 86_400).prefault('300'),
};
