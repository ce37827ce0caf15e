import { wholeNumber } from '@turno/runtime';

/** How webhooks are sent. Milliseconds where the name says so. */
export const webhookSettings = {
  WEBHOOK_CONCURRENCY: wholeNumber(0, 10_000).prefault('50'),
  WEBHOOK_ENDPOINT_CONCURRENCY: wholeNumber(1, 1_000).prefault('5'),
  WEBHOOK_TIMEOUT_MS: wholeNumber(100, 60_000).prefault('15000'),
  WEBHOOK_DISPATCH_EVERY_MS: wholeNumber(10, 60_000).prefault('200'),
  WEBHOOK_LOST_AFTER_MS: wholeNumber(500, 600_000).prefault('30000'),
  WEBHOOK_PAUSE_MS: wholeNumber(10, 600_000).prefault('10000'),
};
