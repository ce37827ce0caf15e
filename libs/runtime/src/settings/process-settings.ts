import { z } from 'zod';
import { wholeNumber } from './read-settings.ts';

/** Settings of every process. An app's schema contains them. */
export const processSettings = {
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 3_600).prefault('25'),
};
