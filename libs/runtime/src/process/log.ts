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

const heldCharsMax = 16_000;
const heldMs = 200;

/**
 * The same lines for what is logged thousands of times a second: written together, up to 200 ms late, and with nothing cut out, so only
 * fields that were chosen one by one belong here. A clean end writes what is held; a `kill -9` loses it.
 */
export function createBusyLog(name: string, level: string): Log {
  return pino(
    { name, level },
    destination({ dest: 1, sync: false, minLength: heldCharsMax, maxLength: 16_000_000, periodicFlush: heldMs }),
  );
}
