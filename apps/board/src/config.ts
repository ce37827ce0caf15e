import { flag, port, processSettings, readSettings, storeSettings, trustProxy } from '@turno/runtime';
import { z } from 'zod';

export const settings = z.object({
  REDIS_URL: storeSettings.REDIS_URL,
  REDIS_PREFIX: storeSettings.REDIS_PREFIX,
  LOG_LEVEL: processSettings.LOG_LEVEL,
  HOST: processSettings.HOST,
  BOARD_PORT: port().prefault('3001'),
  // A colon would end the user's name early in the header that carries it.
  BOARD_USER: z
    .string()
    .regex(/^[^:]+$/, { error: 'must not hold a colon' })
    .default('admin'),
  BOARD_PASSWORD: z.string({ error: 'is required' }).min(12, { error: 'must have at least 12 characters' }),
  TRUST_PROXY: trustProxy().prefault('false'),
  BOARD_READ_ONLY: flag().prefault('true'),
});

export type Config = z.output<typeof settings>;

export function readConfig(environment: NodeJS.ProcessEnv): Config {
  return readSettings(settings, environment);
}
