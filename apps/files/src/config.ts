import { origins, port, processSettings, readSettings, secretKeys } from '@turno/runtime';
import { z } from 'zod';

/** The settings of the file server. */
export const settings = z.object({
  ...processSettings,
  ...secretKeys,
  FILES_PORT: port().prefault('3002'),
  DATA_DIR: z.string().default('.turno'),
  FILES_DIR: z.string().optional(),
  CORS_ORIGINS: origins().prefault(''),
});

export type Config = z.output<typeof settings>;

/** Reads the settings from the environment. Throws a `SettingsError` with all faults. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}
