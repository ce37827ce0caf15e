import { readFirstKey } from '@turno/tenants';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'first-key-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('Processes that start at once on a new folder share one first key, which only its owner may read', async () => {
  const folder = newFolder();
  const keys = await Promise.all(Array.from({ length: 20 }, () => readFirstKey(undefined, folder)));
  expect(new Set(keys)).toEqual(new Set([readFileSync(path.join(folder, 'key'), 'utf8').trim()]));
  expect(statSync(path.join(folder, 'key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['key']);
});

test('An empty key file, as a full disk may leave, is rejected with its name and the mend', async () => {
  const folder = newFolder();
  writeFileSync(path.join(folder, 'key'), '');
  await expect(readFirstKey(undefined, folder)).rejects.toThrow(/first-key-\w+\/key .*delete an empty file/);
});
