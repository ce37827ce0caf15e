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
  AUTH_FAILURES_PER_MINUTE: wholeNumber(1, 1_000_000).prefault('10'),
  BACKLOG_MAX: wholeNumber(1, 1_000_000_000).prefault('1000000'),
  BACKLOG_LOOK_MS: wholeNumber(50, 60_000).prefault('1000'),
  BODY_BYTES_MAX: wholeNumber(1_024, 64 * 1024 * 1024).prefault(String(2 * 1024 * 1024)),
  WEBHOOK_RECEIVERS_PER_JOB_MAX: wholeNumber(1, 10_000).prefault('20'),
  KEYS_PER_TENANT_MAX: wholeNumber(1, 100_000).prefault('100'),
  SCHEDULES_PER_TENANT_MAX: wholeNumber(0, 100_000).prefault('1000'),
  HTTP_MAX_CONNECTIONS: wholeNumber(1, 1_000_000).prefault('10000'),
  HTTP_HEADER_BYTES_MAX: wholeNumber(4_096, 1_048_576).prefault('16384'),
  HTTP_HEADERS_TIMEOUT_SECONDS: wholeNumber(1, 600).prefault('10'),
  HTTP_REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 3_600).prefault('30'),
  // Above the 60 s after which load balancers commonly drop an idle connection, so that they never race with us.
  HTTP_KEEP_ALIVE_SECONDS: wholeNumber(1, 3_600).prefault('65'),
  HTTP_MAX_REQUESTS_PER_SOCKET: wholeNumber(1, 100_000_000).prefault('100000'),
  CORS_ORIGINS: origins().prefault(''),
  RESULT_MEMORY_BYTES: wholeNumber(0, 16 * 1024 ** 3).prefault(String(64 * 1024 * 1024)),
  RESULT_MEMORY_SECONDS: wholeNumber(1, 86_400).prefault('10'),
  EVENT_STREAMS_PER_KEY_MAX: wholeNumber(1, 1_000_000).prefault('100'),
  EVENTS_HEARTBEAT_MS: wholeNumber(50, 60_000).prefault('15000'),
  EVENTS_KEEP_SECONDS: wholeNumber(15, 86_400).prefault('300'),
});

export type Config = z.output<typeof settings>;

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
