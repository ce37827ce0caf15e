import { list, wholeNumber } from '@turno/runtime';
import { z } from 'zod';

const week = 7 * 86_400;
/** Fractions are for those who cannot wait, such as tests. */
const seconds = z.coerce
  .number<string>({ error: 'must be more than 0 seconds and a week at most' })
  .positive()
  .max(week);

/** How webhooks are sent. Milliseconds where the name says so. */
export const webhookSettings = {
  WEBHOOK_CONCURRENCY: wholeNumber(0, 10_000).prefault('50'),
  WEBHOOK_ENDPOINT_CONCURRENCY: wholeNumber(1, 1_000).prefault('5'),
  WEBHOOK_TIMEOUT_MS: wholeNumber(100, 60_000).prefault('15000'),
  WEBHOOK_DISPATCH_EVERY_MS: wholeNumber(10, 60_000).prefault('200'),
  WEBHOOK_LOST_AFTER_MS: wholeNumber(500, 600_000).prefault('30000'),
  WEBHOOK_RETRY_SECONDS: list()
    .pipe(z.array(seconds).min(1).max(50))
    .prefault('5,300,1800,7200,18000,36000,50400,72000,86400'),
  WEBHOOK_PAUSE_MS: wholeNumber(10, 600_000).prefault('10000'),
};
