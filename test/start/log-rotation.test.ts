import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { followText, openLog } from '../../libs/local/src/terminal/log-file.ts';
import { rotateLogs } from '../../libs/local/src/terminal/rotate-logs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'turno-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const limits = { bytesMax: 10_000, copiesMax: 3 };
const line = (index: number) => `line ${index} ${'x'.repeat(80)}\n`;

/** Writes lines as a process does whose output is the log, and rotates in between. */
function fill(file: string, lines: number, onRound = () => {}): void {
  const output = openLog(file);
  for (let index = 0; index < lines; index += 1) {
    writeSync(output, line(index));
    if (index % 20 !== 0) continue;
    rotateLogs(folder, limits);
    onRound();
  }
}

test('A log that a process goes on to write is bounded in size and in the number of its copies', () => {
  fill(path.join(folder, 'api.log'), 2_000);
  expect(readdirSync(folder).sort()).toEqual(['api.log', 'api.log.1', 'api.log.2', 'api.log.3']);
  for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).size).toBeLessThan(13_000);
});

test('The log and its copies are the last lines, in order and without a gap', () => {
  fill(path.join(folder, 'worker.log'), 1_000);
  const text = ['.3', '.2', '.1', '']
    .map((end) => readFileSync(path.join(folder, `worker.log${end}`), 'utf8'))
    .join('');
  const numbers = text
    .trim()
    .split('\n')
    .map((one) => Number(one.split(' ')[1]));
  expect(numbers.at(-1)).toBe(999);
  expect(numbers).toEqual(Array.from(numbers, (_, index) => 1_000 - numbers.length + index));
});

test('A reader of the log misses no line of a rotated log', () => {
  const file = path.join(folder, 'board.log');
  openLog(file);
  const reader = followText(file);
  let shown = '';
  fill(file, 1_000, () => (shown += reader.read()));
  shown += reader.read();
  reader.close();
  expect(shown).toBe(Array.from({ length: 1_000 }, (_, index) => line(index)).join(''));
});

test('Files beside the logs stay as they are', () => {
  writeFileSync(path.join(folder, 'notes.txt'), 'x'.repeat(50_000));
  rotateLogs(folder, limits);
  expect(readdirSync(folder)).toEqual(['notes.txt']);
});
