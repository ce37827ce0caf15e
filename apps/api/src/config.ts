import {
  availableCores,
  origins,
  outboundSettings,
  port,
  processSettings,
  readSettings,
  storeSettings,
  trustProxy,
  wholeNumber,
} from '@turno/runtime';
import { fileSettings } from '@turno/files';
import { z } from 'zod';

const processesMax = 256;

/** The settings of the API. */
export const settings = z.object({
  ...processSettings,
  ...storeSettings,
  ...fileSettings,
  ...outboundSettings,
  PORT: port().prefault('3000'),
  API_PROCESSES: processCount().prefault('1'),
  OPS_PORT: port().prefault('9100'),
  TURNO_DEV_KEY: z.string().optional(),
  TRUST_PROXY: trustProxy().prefault('false'),
  AUTH_FAILURES_MAX: wholeNumber(1, 1_000_000).prefault('30'),
  BACKLOG_MAX: wholeNumber(1, 1_000_000_000).prefault('1000000'),
  HTTP_MAX_CONNECTIONS: wholeNumber(1, 1_000_000).prefault('10000'),
  HTTP_MAX_REQUESTS_PER_SOCKET: wholeNumber(1, 100_000_000).prefault('100000'),
  CORS_ORIGINS: origins().prefault(''),
  RESULT_MEMORY_BYTES: wholeNumber(0, 16 * 1024 ** 3).prefault(String(64 * 1024 * 1024)),
});

export type Config = z.output<typeof settings>;

/** Reads the settings from the environment. Throws a `SettingsError` with all faults. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}

function processCount() {
  const whole = wholeNumber(1, processesMax);
  return z
    .string()
    .refine((text) => text === 'auto' || whole.safeParse(text).success, {
      error: `must be a whole number from 1 to ${processesMax}, or auto for as many as there are cores`,
    })
    .transform((text) => (text === 'auto' ? Math.min(availableCores(), processesMax) : Number(text)));
}
