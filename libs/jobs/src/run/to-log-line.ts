import type { LogEvent } from '@turno/contract';

export interface LineLimits {
  /** Lines of one attempt; one more says that the rest is not sent. */
  linesMax: number;
  /** Of a message, and of its fields as JSON. */
  charsMax: number;
}

type ToLine = (level: LogEvent['level'], message: unknown, fields: unknown) => string | undefined;

/** Makes the function that turns what one attempt logs into JSON text, until that was enough. Never throws, whatever a handler gives. */
export function toLogLine(attempt: number, { linesMax, charsMax }: LineLimits): ToLine {
  let count = 0;
  return (level, message, fields) => {
    count += 1;
    if (count > linesMax + 1) return undefined;
    const isLast = count > linesMax;
    const event: LogEvent = {
      at: new Date().toISOString(),
      attempt,
      level: isLast ? 'warn' : level,
      message: isLast ? `after ${linesMax} lines no more of this attempt are sent` : cut(String(message), charsMax),
      fields: isLast ? null : shortFields(fields, charsMax),
    };
    return JSON.stringify(event);
  };
}

function cut(text: string, charsMax: number): string {
  return text.length <= charsMax ? text.toWellFormed() : `${text.slice(0, charsMax - 1).toWellFormed()}…`;
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
