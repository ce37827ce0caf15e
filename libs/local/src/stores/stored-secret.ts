import { readFileSync, writeFileSync } from 'node:fs';

/** Reads a secret from its file, which only this user may read; makes it at the first call. */
export function storedSecret(file: string, make: () => string): string {
  const kept = readIfThere(file);
  if (kept) return kept;
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
