import { readFileSync, writeFileSync } from 'node:fs';

/** Reads a secret from a file that only this user may read. The first call makes the secret and writes the file. */
export function storedSecret(file: string, make: () => string): string {
  const stored = readIfThere(file);
  if (stored) return stored;
  const secret = make();
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
