import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { reasonOf } from '../start-error.ts';

export interface RotationLimits {
  /** A larger log is rotated. */
  bytesMax: number;
  /** Older copies beside the log: `api.log.1` is the latest. */
  copiesMax: number;
}

const shipped: RotationLimits = { bytesMax: 10_000_000, copiesMax: 3 };
const checkEveryMs = 1_000;
const chunkBytes = 1_000_000;

/**
 * Rotates every log of a folder that is too large: its text moves into a copy, and the log begins again.
 * The file itself stays, because processes have it open as their output and append to it, see decision 37.
 */
export function rotateLogs(folder: string, limits: RotationLimits = shipped): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (name.endsWith('.log') && statSync(file).size > limits.bytesMax) rotate(file, limits.copiesMax);
  }
}

/**
 * Rotates the logs of a folder as they grow, until the returned function is called.
 * Calls `onFailure` with the reason when it changes, such as a full disk; the next round tries again.
 */
export function startRotation(folder: string, onFailure: (reason: string) => void): () => void {
  let last = '';
  const timer = setInterval(() => {
    try {
      rotateLogs(folder);
      last = '';
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== last) onFailure(reason);
      last = reason;
    }
  }, checkEveryMs);
  return () => clearInterval(timer);
}

function rotate(file: string, copiesMax: number): void {
  const draft = `${file}.new`;
  const from = openSync(file, 'r+');
  const to = openSync(draft, 'w', 0o600);
  try {
    const position = copyText(from, to, 0); // on a full disk this throws, and the older copies stay
    for (let copy = copiesMax; copy > 1; copy -= 1) moveIfPresent(`${file}.${copy - 1}`, `${file}.${copy}`);
    renameSync(draft, `${file}.1`);
    copyText(from, to, position);
    ftruncateSync(from); // a line that a process writes between these two calls is lost
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

/** Copies text from a position until nothing new was appended. Returns the position of its end. */
function copyText(from: number, to: number, begin: number): number {
  const chunk = Buffer.alloc(chunkBytes);
  let position = begin;
  while (fstatSync(from).size > position) {
    const count = readSync(from, chunk, 0, chunk.length, position);
    writeSync(to, chunk, 0, count);
    position += count;
  }
  return position;
}

function moveIfPresent(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to);
}
