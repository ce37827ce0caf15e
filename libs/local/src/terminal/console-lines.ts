/** pino's number of the level `warn`. */
const warnLevel = 40;

/**
 * Formats a log line of level `warn` or above for the terminal, or the line that says that an outage is over.
 * Returns undefined for other lines. A line that is not JSON is shown as it is.
 */
export function toConsoleLine(name: string, line: string): string | undefined {
  const entry = parse(line);
  if (entry === undefined) return line.trim() === '' ? undefined : `${name}: ${line.trimEnd()}`;
  if (!(Number(entry.level) >= warnLevel) && entry.outage !== 'over') return undefined;
  const reason = entry.err?.message ?? entry.reason;
  return `${name}: ${entry.msg ?? 'a warning without a message'}${reason === undefined ? '' : ` (${reason})`}`;
}

/**
 * Finds in the output of a process why it did not start.
 * The reason is its invalid settings, or its last line that is not JSON.
 */
export function toStartReason(output: string): string | undefined {
  const plain = output.split('\n').filter((line) => line.trim() !== '' && parse(line) === undefined);
  const settings = plain.filter((line) => line.startsWith('  ')).map((line) => line.trim());
  const failure = plain.findLast((line) => line.startsWith('Could not start: '));
  if (failure) return failure.slice('Could not start: '.length);
  return settings.length > 0 ? settings.join('; ') : plain.at(-1);
}

interface Entry {
  level?: number;
  msg?: string;
  err?: { message?: string };
  reason?: string;
  outage?: string;
}

function parse(line: string): Entry | undefined {
  try {
    return line.startsWith('{') ? (JSON.parse(line) as object) : undefined;
  } catch {
    return undefined;
  }
}
