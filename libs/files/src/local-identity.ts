import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const markerFile = 'store-id';

/**
 * The name that a folder of objects goes by, given to it when it has none. Every process compares it with the one that the database
 * knows: a worker that sees another folder than the API would store results where nobody finds them.
 */
export async function identifyFolder(folder: string): Promise<string> {
  const marker = path.join(path.resolve(folder), markerFile);
  await mkdir(path.dirname(marker), { recursive: true });
  // Who comes second finds the first one's name.
  await writeFile(marker, randomBytes(16).toString('hex'), { flag: 'wx', mode: 0o600, flush: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  const name = await readFile(marker, 'utf8');
  if (!/^[0-9a-f]{32}$/.test(name)) throw new Error(`${marker} does not hold the name of a store`);
  return name;
}
