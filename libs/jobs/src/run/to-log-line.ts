import { cutText, formatTime, type LogEvent } from '@turno/contract';

export interface LineLimits {
  /** Lines of one attempt. One further line says that the rest is dropped. */
  linesMax: number;
  /** Characters of a message, and of its fields as JSON. */
  charsMax: number;
}

type ToLine = (level: LogEvent['level'], message: unknown, fields: unknown) => string | undefined;

/**
 * Creates the function that renders the log lines of one attempt as JSON text.
 * It returns undefined beyond the limit, and never throws, whatever a handler logs.
 */
export function toLogLine(attempt: number, { linesMax, charsMax }: LineLimits): ToLine {
  let count = 0;
  return (level, message, fields) => {
    count += 1;
    if (count > linesMax + 1) return undefined;
    const isLast = count > linesMax;
    const event: LogEvent = {
      at: formatTime(Date.now()),
      attempt,
      level: isLast ? 'warn' : level,
      message: isLast
        ? `this attempt has logged ${linesMax} lines; further lines are dropped`
        : cutText(String(message), charsMax),
      fields: isLast ? null : shortFields(fields, charsMax),
    };
    return JSON.stringify(event);
  };
}

function shortFields(fields: unknown, charsMax: number): Record<string, unknown> | null {
  if (typeof fields !== 'object' || fields === null) return null;
  try {
    const text = JSON.stringify(fields);
    return text.length <= charsMax ? (JSON.parse(text) as Record<string, unknown>) : null;
  } catch {
    return null; // a cycle, a BigInt
  }
}
