import { queueNames } from '@turno/contract';
import { fileSettings } from '@turno/files';
import {
  availableCores,
  list,
  outboundSettings,
  port,
  processSettings,
  readSettings,
  storeSettings,
  maintenanceSettings,
  wholeNumber,
} from '@turno/runtime';
import { z } from 'zod';
import { webhookSettings } from './webhook-settings.ts';

const cores = availableCores();

export const settings = z.object({
  ...processSettings,
  ...storeSettings,
  ...maintenanceSettings,
  ...fileSettings,
  ...outboundSettings,
  ...webhookSettings,
  WORKER_QUEUES: list()
    .pipe(z.array(z.enum(queueNames)).min(1))
    .prefault('cpu,io'),
  CPU_CONCURRENCY: wholeNumber(1, 1_024).prefault(String(Math.max(1, cores - 1))),
  IO_CONCURRENCY: wholeNumber(1, 10_000).prefault('50'),
  UNSAVED_OUTPUT_BYTES_MAX: wholeNumber(1, 64 * 1024 ** 3).prefault(String(64 * 1024 * 1024)),
  OUTPUT_BYTES_MAX: wholeNumber(1_024, 256 * 1024 * 1024).prefault(String(8 * 1024 * 1024)),
  OUTPUT_INLINE_BYTES_MAX: wholeNumber(1_024, 16 * 1024 * 1024).prefault(String(256 * 1024)),
  FILE_READ_BYTES_MAX: wholeNumber(1_024, 1024 ** 3).prefault(String(256 * 1024 * 1024)),
  FILES_ERASE_EVERY_MS: wholeNumber(10, 3_600_000).prefault('30000'),
  EVENT_LOG_LINES_MAX: wholeNumber(0, 100_000).prefault('1000'),
  EVENT_LOG_CHARS_MAX: wholeNumber(10, 100_000).prefault('1000'),
  LOOP_BLOCKED_MS_MAX: wholeNumber(500, 600_000).prefault('5000'),
  FETCH_STUCK_MS: wholeNumber(5_000, 600_000).prefault('30000'),
  WORKER_OPS_PORT: port().prefault('9101'),
  IDEMPOTENCY_HOURS: wholeNumber(1, 8_760).prefault('24'),
});

export type Config = z.output<typeof settings>;

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}

/** Where this process looks for programs. */
export const searchPath = process.env['PATH'] ?? '';
