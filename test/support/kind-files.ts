import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files below a folder; a later call changes them. */
export function writeFiles(dir: string, files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
    writeFileSync(path.join(dir, name), text);
  }
}

/** Makes a folder that is removed with its test. */
export function newFolder(prefix: string): string {
  const dir = mkdtempSync(path.join(tmpdir(), prefix));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** The text of a kind file that takes and returns anything. */
export const kindText = (name: string, queue = 'cpu') => `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: '${name}', version: 1, queue: '${queue}', description: 'For a test.',
  input: z.object({}).loose(), output: z.unknown(), example: {},
});`;
