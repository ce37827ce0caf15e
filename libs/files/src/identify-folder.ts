import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

const markerFile = 'store-id';

/**
 * Returns the id of a folder of objects, and gives it an id when it has none.
 * Every process compares the id with the one in the database. A worker on another folder than the API would store
 * results that no request finds.
 */
export async function identifyFolder(folder: string): Promise<string> {
  const marker = path.join(path.resolve(folder), markerFile);
  await mkdir(path.dirname(marker), { recursive: true });
  const existing = await readFile(marker, 'utf8').catch(() => undefined);
  if (existing !== undefined) return checkId(existing, marker);
  const id = randomBytes(16).toString('hex');
  const draft = `${marker}.${id}`;
  await writeFile(draft, id, { mode: 0o600, flush: true });
  // A link makes the complete marker appear at once; a second process then finds the id of the first.
  try {
    await link(draft, marker);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return checkId(await readFile(marker, 'utf8'), marker);
}

function checkId(id: string, marker: string): string {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new Error(`${marker} does not contain the id of a file store`);
  return id;
}
