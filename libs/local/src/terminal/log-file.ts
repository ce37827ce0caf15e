import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from 'node:fs';

const bytesMax = 20_000_000;
const readEveryMs = 200;

/** Opens the log for appending, for a child to write to by itself: its last words get there even when nobody listens any more. */
export function openLog(file: string): number {
  if (sizeOf(file) > bytesMax) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** Reads on from the present end of the file. */
export function followLog(file: string) {
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

/** Calls `onLine` for every whole line that is added, until stopped. */
export function followLines(file: string, onLine: (line: string) => void): () => void {
  const log = followLog(file);
  let rest = '';
  const look = () => {
    const lines = (rest + log.read()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  };
  const timer = setInterval(look, readEveryMs);
  return () => {
    clearInterval(timer);
    look();
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
