import { destination, pino, type Logger, type LoggerOptions } from 'pino';
import { boundLogFields, cutLogText } from './bound-log-fields.ts';

export type Log = Logger;

/** The longest message: messages are ours, but a library may add text of a caller. */
const messageCharsMax = 1_000;

/** Characters that JSON leaves as they are and that reorder, hide or break the text around them on a terminal. */
const changing = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

const beyondAscii = /[^\n -~]/;

/** Writes such characters as JSON escapes, so that the line has the same meaning. */
function escapeLine(line: string): string {
  if (!beyondAscii.test(line)) return line; // nearly every line, thousands per second
  return line.replaceAll(changing, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charCodeAt(at))}`).join(''),
  );
}

function hex(code: number): string {
  return code.toString(16).padStart(4, '0');
}

/** The options of every logger: no line grows with what a caller sent. */
function optionsOf(name: string, level: string): LoggerOptions {
  return {
    name,
    level,
    formatters: { log: boundLogFields },
    hooks: { streamWrite: escapeLine },
    // The formatter has converted errors already.
    serializers: { err: (error: unknown) => error, msg: (text: string) => cutLogText(text, messageCharsMax) },
  };
}

/**
 * Creates a logger that writes JSON lines to stdout.
 * Fields with the name of a credential header are replaced by `[cut]`. All other text is cut to 200 characters.
 */
export function createLog(name: string, level: string): Log {
  return pino(
    {
      ...optionsOf(name, level),
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
    optionsOf(name, level),
    destination({
      dest: 1,
      sync: false,
      minLength: bufferedCharsMax,
      maxLength: 16_000_000,
      periodicFlush: flushEveryMs,
    }),
  );
}
