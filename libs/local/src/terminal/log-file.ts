import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const bytesMax = 20_000_000;
const readEveryMs = 200;

/**
 * Opens a log for appending.
 * A child writes to it directly, so that its last lines arrive even after this process is gone.
 */
export function openLog(file: string): number {
  if (sizeOf(file) > bytesMax) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** Returns a reader of the text that is appended from now on. */
export function followText(file: string) {
  const handle = openSync(file, 'r');
  let position = fstatSync(handle).size;
  const read = () => {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(handle).size - position));
    const count = readSync(handle, bytes, 0, bytes.length, position);
    position += count;
    return bytes.toString('utf8', 0, count);
  };
  return { read, close: () => closeSync(handle) };
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

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
