import { origins, port, processSettings, readSettings, secretKeys, wholeNumber } from '@turno/runtime';
import { z } from 'zod';

export const settings = z.object({
  ...processSettings,
  ...secretKeys,
  FILES_PORT: port().prefault('3002'),
  DATA_DIR: z.string().default('.turno'),
  FILES_DIR: z.string().optional(),
  FILES_MAX_CONNECTIONS: wholeNumber(1, 1_000_000).prefault('1000'),
  FILES_STALL_SECONDS: wholeNumber(1, 3_600).prefault('60'),
  CORS_ORIGINS: origins().prefault(''),
});

export type Config = z.output<typeof settings>;

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}
