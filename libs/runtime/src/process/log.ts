import { destination, pino, type Logger } from 'pino';

export type Log = Logger;

/**
 * Creates a logger that writes JSON lines to stdout.
 * Fields with the name of a credential header are replaced by `[cut]`.
 */
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

const bufferedCharsMax = 16_000;
const flushEveryMs = 200;

/**
 * Creates a logger for lines that are written thousands of times a second.
 * Lines are buffered for up to 200 ms and nothing is redacted, so every logged field must be chosen one by one. A clean
 * exit writes the buffer; a `kill -9` loses it.
 */
export function createBufferedLog(name: string, level: string): Log {
  return pino(
    { name, level },
    destination({
      dest: 1,
      sync: false,
      minLength: bufferedCharsMax,
      maxLength: 16_000_000,
      periodicFlush: flushEveryMs,
    }),
  );
}
