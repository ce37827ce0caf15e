import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';

const readEveryMs = 200;

/**
 * Opens a log for appending.
 * A child writes to it directly, so that its last lines arrive even after this process is gone.
 */
export function openLog(file: string): number {
  return openSync(file, 'a', 0o600);
}

/** Returns a reader of the text that is appended from now on, also when the log is rotated meanwhile. */
export function followText(file: string) {
  const handle = openSync(file, 'r');
  let position = fstatSync(handle).size;
  const readFrom = (from: number) => {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(from).size - position));
    const count = readSync(from, bytes, 0, bytes.length, position);
    position += count;
    return bytes.toString('utf8', 0, count);
  };
  const read = () => {
    if (fstatSync(handle).size >= position) return readFrom(handle);
    const rest = readFromCopy(file, readFrom);
    position = 0;
    return rest + readFrom(handle);
  };
  return { read, close: () => closeSync(handle) };
}
/** Reads the text that a rotation moved before it was read. */
function readFromCopy(file: string, readFrom: (handle: number) => string): string {
  const copy = `${file}.1`;
  if (!existsSync(copy)) return '';
  const handle = openSync(copy, 'r');
  try {
    return readFrom(handle);
  } finally {
    closeSync(handle);
  }
}

/** Calls `onLine` for every complete line that is appended, until the returned function is called. */
export function followLines(file: string, onLine: (line: string) => void): () => void {
  const log = followText(file);
  let partial = '';
  const readNew = () => {
    const lines = (partial + log.read()).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  const timer = setInterval(readNew, readEveryMs);
  return () => {
    clearInterval(timer);
    readNew();
    log.close();
  };
}
