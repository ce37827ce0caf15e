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
  wholeNumber,
} from '@turno/runtime';
import { z } from 'zod';

const cores = availableCores();

/** The settings of a worker. */
export const settings = z.object({
  ...processSettings,
  ...storeSettings,
  ...fileSettings,
  ...outboundSettings,
  WORKER_QUEUES: list()
    .pipe(z.array(z.enum(queueNames)).min(1))
    .prefault('cpu,io'),
  CPU_CONCURRENCY: wholeNumber(1, 1_024).prefault(String(Math.max(1, cores - 1))),
  IO_CONCURRENCY: wholeNumber(1, 10_000).prefault('50'),
  WORKER_OPS_PORT: port().prefault('9101'),
});

export type Config = z.output<typeof settings>;

/** Reads the settings from the environment. Throws a `SettingsError` with all faults. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}

/** The files that hold settings of this process, given as NAME_FILE. */
export const secretFiles = Object.keys(settings.shape).flatMap((name) => process.env[`${name}_FILE`] || []);

/** The folders in which this process searches for programs. */
export const searchPath = process.env['PATH'] ?? '';
