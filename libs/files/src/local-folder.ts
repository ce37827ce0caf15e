import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ObjectExists, ObjectMissing, ObjectRefused, type StoredObject, StoreFull } from './object-store.ts';

/** What an incoming object must turn out to be; what is left out is not looked at. */
export interface Expected {
  bytes?: number | undefined;
  sha256?: string | undefined;
}

const dataFile = 'data';
const factsFile = 'facts.json';
/** Older ones were left by processes that died. */
const abandonedMs = 24 * 3_600_000;

/**
 * Objects in a folder of this machine. An object is a folder of its own with the bytes and the facts about them; it appears whole by
 * one rename, which fails when it is there already, so no object is ever half there, changed or written twice.
 */
export class LocalFolder {
  private readonly root: string;

  constructor(root: string) {
    this.root = path.resolve(root);
  }

  async look(key: string): Promise<StoredObject | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.placeOf(key), factsFile), 'utf8')) as StoredObject;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  dataPath(key: string): string {
    return path.join(this.placeOf(key), dataFile);
  }

  async read(key: string, bytesMax: number): Promise<Buffer> {
    const facts = await this.look(key);
    if (facts === undefined) throw new ObjectMissing(key);
    if (facts.bytes > bytesMax) throw new RangeError(`the object has ${facts.bytes} bytes, more than ${bytesMax}`);
    return readFile(this.dataPath(key));
  }

  /**
   * Stores what `source` yields, durable once this resolves. The same bytes under the same key again are a success; others throw
   * `ObjectExists`, what is not as expected `ObjectRefused`, and a full disk `StoreFull`. Nothing is left behind then.
   */
  async store(key: string, source: AsyncIterable<Uint8Array>, expected: Expected = {}): Promise<StoredObject> {
    const incoming = path.join(this.root, 'incoming', randomBytes(12).toString('hex'));
    try {
      await mkdir(incoming, { recursive: true });
      const facts = await writeData(path.join(incoming, dataFile), source, expected);
      await writeDurably(path.join(incoming, factsFile), JSON.stringify(facts));
      const place = this.placeOf(key);
      await mkdir(path.dirname(place), { recursive: true });
      await rename(incoming, place);
      await syncFolder(path.dirname(place));
      return facts;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return await this.acceptSame(key, incoming);
      throw code === 'ENOSPC' || code === 'EDQUOT' ? new StoreFull(error) : error;
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.placeOf(key), { recursive: true, force: true });
  }

  /** Removes what processes that died left of objects that never came to be. */
  async removeAbandoned(now = Date.now()): Promise<void> {
    const folder = path.join(this.root, 'incoming');
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const { mtimeMs } = await stat(path.join(folder, name)).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs < abandonedMs) continue;
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }

  private async acceptSame(key: string, incoming: string): Promise<StoredObject> {
    const there = await this.look(key);
    const came = JSON.parse(await readFile(path.join(incoming, factsFile), 'utf8')) as StoredObject;
    if (there === undefined || there.sha256 !== came.sha256) throw new ObjectExists(key);
    return there;
  }

  /** Spread over 256 folders, by a hash: keys begin alike. */
  private placeOf(key: string): string {
    const shelf = createHash('sha256').update(key).digest('hex').slice(0, 2);
    return path.join(this.root, 'objects', shelf, key.replaceAll('/', '.'));
  }
}

async function writeData(
  file: string,
  source: AsyncIterable<Uint8Array>,
  { bytes: expectedBytes = Infinity, sha256: expectedSha256 }: Expected,
): Promise<StoredObject> {
  const hash = createHash('sha256');
  const handle = await open(file, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > expectedBytes) break;
      hash.update(chunk);
      await handle.writeFile(chunk);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (expectedBytes !== Infinity && bytes !== expectedBytes) {
    throw new ObjectRefused('wrong-length', `${expectedBytes} bytes were announced`);
  }
  const sha256 = hash.digest('hex');
  if (expectedSha256 !== undefined && sha256 !== expectedSha256) {
    throw new ObjectRefused('wrong-checksum', `the SHA-256 of what came is ${sha256}`);
  }
  return { bytes, sha256 };
}

async function writeDurably(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flush: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().catch(() => {}); // not every file system lets a folder be synced
  await handle.close();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
