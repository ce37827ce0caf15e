import { wholeNumber } from './read-settings.ts';

/** How often a worker looks for what went wrong, and how old it must be. Milliseconds, except where the name says rows or seconds. */
export const maintenanceSettings = {
  REFILL_EVERY_MS: wholeNumber(10, 60_000).prefault('100'),
  RELEASE_EVERY_MS: wholeNumber(10, 60_000).prefault('500'),
  PROMOTE_EVERY_MS: wholeNumber(10, 60_000).prefault('250'),
  REDISPATCH_EVERY_MS: wholeNumber(100, 600_000).prefault('1000'),
  DISPATCH_LOST_AFTER_MS: wholeNumber(1_000, 600_000).prefault('2000'),
  RECONCILE_EVERY_MS: wholeNumber(100, 600_000).prefault('10000'),
  RECONCILE_AFTER_MS: wholeNumber(1_000, 600_000).prefault('10000'),
  RESCUE_EVERY_MS: wholeNumber(100, 600_000).prefault('5000'),
  LEASE_MS: wholeNumber(2_000, 600_000).prefault('30000'),
  LEASE_RENEW_EVERY_MS: wholeNumber(100, 300_000).prefault('5000'),
  PURGE_EVERY_MS: wholeNumber(1_000, 86_400_000).prefault('60000'),
  SEARCH_EVERY_MS: wholeNumber(50, 60_000).prefault('1000'),
  SCHEDULES_EVERY_MS: wholeNumber(50, 60_000).prefault('1000'),
  SCHEDULE_MISSED_AFTER_SECONDS: wholeNumber(10, 86_400).prefault('60'),
  MAINTENANCE_ROWS_MAX: wholeNumber(1, 1_000).prefault('100'),
  RECONCILE_ROWS_MAX: wholeNumber(1, 10_000).prefault('1000'),
  PURGE_ROWS_MAX: wholeNumber(1, 10_000).prefault('500'),
};
