import { flag, port, processSettings, readSettings, storeSettings, trustProxy } from '@turno/runtime';
import { z } from 'zod';

/** The settings of the board. */
export const settings = z.object({
  REDIS_URL: storeSettings.REDIS_URL,
  REDIS_PREFIX: storeSettings.REDIS_PREFIX,
  LOG_LEVEL: processSettings.LOG_LEVEL,
  HOST: processSettings.HOST,
  BOARD_PORT: port().prefault('3001'),
  // Basic authentication separates name and password by a colon.
  BOARD_USER: z
    .string()
    .regex(/^[^:]+$/, { error: 'must not contain a colon' })
    .default('admin'),
  BOARD_PASSWORD: z.string({ error: 'is required' }).min(12, { error: 'must have at least 12 characters' }),
  TRUST_PROXY: trustProxy().prefault('false'),
  BOARD_READ_ONLY: flag().prefault('true'),
});

export type Config = z.output<typeof settings>;

/** Reads the settings from the environment. Throws a `SettingsError` with all faults. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}
