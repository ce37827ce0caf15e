import { databaseUrl, port, readSettings, redisUrl, wholeNumber } from '@turno/runtime';
import { z } from 'zod';

/** Where the system looks for programs. */
export const searchPath = process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin';

/** The proxies of this machine, by which apt downloads. */
export const proxies = Object.fromEntries(
  ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

/** What `npm start` itself needs to know. All other settings reach the processes as they are and are judged there. */
export const settings = z.object({
  DATA_DIR: z.string().default('.turno'),
  DATABASE_URL: databaseUrl().optional(),
  REDIS_URL: redisUrl().optional(),
  HOST: z.string().default('127.0.0.1'),
  PORT: port().prefault('3000'),
  BOARD_PORT: port().prefault('3001'),
  FILES_PORT: port().prefault('3002'),
  FILES_PUBLIC_URL: z.string().optional(),
  S3_BUCKET: z.string().optional(),
  OPS_PORT: port().prefault('9100'),
  WORKER_OPS_PORT: port().prefault('9101'),
  TURNO_DEV_KEY: z.string().optional(),
  BOARD_USER: z.string().default('admin'),
  BOARD_PASSWORD: z.string().optional(),
  SECRET_KEY: z.string().optional(),
  SHUTDOWN_GRACE_SECONDS: wholeNumber(0, 3_600).prefault('25'),
});

export type Config = z.output<typeof settings>;
export type Environment = Readonly<Record<string, string | undefined>>;

export function readConfig(environment: Environment): Config {
  return readSettings(settings, environment);
}

/** The environment of the processes: the given one, with what was made or found here in its place. */
export function passOn(environment: Environment, made: Record<string, string>): Record<string, string> {
  const given = Object.entries(environment).filter(
    // A setting may come by a file, NAME_FILE; said twice it would be refused.
    ([name, value]) => value !== undefined && !(name.replace(/_FILE$/, '') in made),
  );
  return { ...(Object.fromEntries(given) as Record<string, string>), ...made };
}
