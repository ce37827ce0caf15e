const warning = 40;

/** A warning or worse in one line for people; undefined for whatever need not be seen. */
export function toConsoleLine(name: string, line: string): string | undefined {
  const entry = parse(line);
  if (entry === undefined) return line.trim() === '' ? undefined : `${name}: ${line.trimEnd()}`;
  if (!(Number(entry.level) >= warning)) return undefined;
  const about = [entry.task, entry.err?.message ?? entry.reason].filter((part) => part !== undefined).join(': ');
  return `${name}: ${entry.msg ?? 'a warning without words'}${about === '' ? '' : ` (${about})`}`;
}

/** Why a process could not start, from what it printed: its settings' faults or its last plain words. */
export function toStartReason(output: string): string | undefined {
  const plain = output.split('\n').filter((line) => line.trim() !== '' && parse(line) === undefined);
  const settings = plain.filter((line) => line.startsWith('  ')).map((line) => line.trim());
  const said = plain.findLast((line) => line.startsWith('Could not start: '));
  if (said) return said.slice('Could not start: '.length);
  return settings.length > 0 ? settings.join('; ') : plain.at(-1);
}

interface Entry {
  level?: number;
  msg?: string;
  err?: { message?: string };
  reason?: string;
  task?: string;
}

function parse(line: string): Entry | undefined {
  try {
    return line.startsWith('{') ? (JSON.parse(line) as object) : undefined;
  } catch {
    return undefined;
  }
}
