import { destination, pino, type Logger } from 'pino';

export type Log = Logger;

/** JSON lines on stdout. Secrets are cut out wherever a header or a setting of that name is logged. */
export function createLog(name: string, level: string): Log {
  return pino(
    {
      name,
      level,
      redact: { paths: ['authorization', '*.authorization', '*.headers.authorization', '*.cookie'], censor: '[cut]' },
    },
    destination({ dest: 1, sync: true }),
  );
}
