import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const markerFile = 'store-id';

/**
 * The name that a folder of objects goes by, given to it when it has none. Every process compares it with the one that the database
 * knows: a worker that sees another folder than the API would store results where nobody finds them.
 */
export async function identifyFolder(folder: string): Promise<string> {
  const marker = path.join(path.resolve(folder), markerFile);
  await mkdir(path.dirname(marker), { recursive: true });
  const known = await readFile(marker, 'utf8').catch(() => undefined);
  if (known !== undefined) return checked(known, marker);
  const name = randomBytes(16).toString('hex');
  const draft = `${marker}.${name}`;
  await writeFile(draft, name, { mode: 0o600, flush: true });
  // The marker appears whole, and who comes second finds the first one's name.
  try {
    await link(draft, marker);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return checked(await readFile(marker, 'utf8'), marker);
}

function checked(name: string, marker: string): string {
  if (!/^[0-9a-f]{32}$/.test(name)) throw new Error(`${marker} does not hold the name of a store`);
  return name;
}
