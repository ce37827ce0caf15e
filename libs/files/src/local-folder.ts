import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ObjectExists, ObjectMissing, ObjectRejected, type StoredObject, StoreFull } from './object-store.ts';

/** The expected size and checksum of an incoming object. A value that is left out is not checked. */
export interface Expected {
  bytes?: number | undefined;
  sha256?: string | undefined;
}

const dataFile = 'data';
const factsFile = 'facts.json';
/** An older incoming object was left by a process that died: an upload ends within 55 minutes. */
const abandonedMs = 2 * 3_600_000;

/**
 * Stores objects in a folder of this machine.
 * Each object is a folder with the bytes and the facts about them. It appears by one rename, which fails when the
 * object exists, so that no object is ever partial, changed or written twice.
 */
export class LocalFolder {
  private readonly root: string;
  /** The end of the latest write of each key that is being written. */
  private readonly writes = new Map<string, Promise<void>>();

  constructor(root: string) {
    this.root = path.resolve(root);
  }

  /** Returns size and checksum of an object; undefined when there is no such object. */
  async stat(key: string): Promise<StoredObject | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.folderOfObject(key), factsFile), 'utf8')) as StoredObject;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /** Returns the path of the file with the bytes of an object. */
  dataPath(key: string): string {
    return path.join(this.folderOfObject(key), dataFile);
  }

  /** Reads a whole object. Throws `ObjectMissing`, and a RangeError when it has more than `bytesMax` bytes. */
  async read(key: string, bytesMax: number): Promise<Buffer> {
    const facts = await this.stat(key);
    if (facts === undefined) throw new ObjectMissing(key);
    if (facts.bytes > bytesMax) throw new RangeError(`the object has ${facts.bytes} bytes, more than ${bytesMax}`);
    return readFile(this.dataPath(key));
  }

  /**
   * Stores the bytes of `source`; they are durable once this resolves.
   * The same bytes under the same key are a success. Other bytes throw `ObjectExists`, unexpected ones
   * `ObjectRejected`, and a full disk `StoreFull`; then nothing of them is left. Writes of one key take turns, and a
   * source is not read before its turn: many uploads at once take the disk space of one.
   */
  async store(key: string, source: AsyncIterable<Uint8Array>, expected: Expected = {}): Promise<StoredObject> {
    const write = (this.writes.get(key) ?? Promise.resolve()).then(() => this.storeInTurn(key, source, expected));
    const end = write.then(
      () => {},
      () => {},
    );
    this.writes.set(key, end);
    try {
      return await write;
    } finally {
      if (this.writes.get(key) === end) this.writes.delete(key);
    }
  }

  private async storeInTurn(key: string, source: AsyncIterable<Uint8Array>, expected: Expected): Promise<StoredObject> {
    const existing = await this.stat(key);
    if (existing !== undefined) return requireSame(key, existing, await readFacts(source, expected, () => {}));
    const incoming = path.join(this.root, 'incoming', randomBytes(12).toString('hex'));
    try {
      await mkdir(incoming, { recursive: true });
      const facts = await writeData(path.join(incoming, dataFile), source, expected);
      await writeDurably(path.join(incoming, factsFile), JSON.stringify(facts));
      const folder = this.folderOfObject(key);
      await mkdir(path.dirname(folder), { recursive: true });
      await rename(incoming, folder);
      await syncFolder(path.dirname(folder));
      return facts;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOTEMPTY' || code === 'EEXIST') return await this.acceptSame(key, incoming);
      throw code === 'ENOSPC' || code === 'EDQUOT' ? new StoreFull(error) : error;
    } finally {
      await rm(incoming, { recursive: true, force: true });
    }
  }

  /** Removes an object, if it exists. */
  async remove(key: string): Promise<void> {
    await rm(this.folderOfObject(key), { recursive: true, force: true });
  }

  /** Removes partial objects that processes left when they died. */
  async removeAbandoned(now = Date.now()): Promise<void> {
    const folder = path.join(this.root, 'incoming');
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      const { mtimeMs } = await stat(path.join(folder, name)).catch(() => ({ mtimeMs: now }));
      if (now - mtimeMs < abandonedMs) continue;
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }

  /** Ends a write that another process was faster with. */
  private async acceptSame(key: string, incoming: string): Promise<StoredObject> {
    const incomingFacts = JSON.parse(await readFile(path.join(incoming, factsFile), 'utf8')) as StoredObject;
    return requireSame(key, await this.stat(key), incomingFacts);
  }

  /** Spreads the objects over 256 folders by a hash, since keys begin alike. */
  private folderOfObject(key: string): string {
    const shard = createHash('sha256').update(key).digest('hex').slice(0, 2);
    return path.join(this.root, 'objects', shard, key.replaceAll('/', '.'));
  }
}

function requireSame(key: string, existing: StoredObject | undefined, incoming: StoredObject): StoredObject {
  if (existing === undefined || existing.sha256 !== incoming.sha256) throw new ObjectExists(key);
  return existing;
}

async function writeData(file: string, source: AsyncIterable<Uint8Array>, expected: Expected): Promise<StoredObject> {
  const handle = await open(file, 'wx', 0o600);
  try {
    const facts = await readFacts(source, expected, (chunk) => handle.writeFile(chunk));
    await handle.sync();
    return facts;
  } finally {
    await handle.close();
  }
}

/** Reads a source to its end, each chunk into `keep`, and checks its size and checksum. */
async function readFacts(
  source: AsyncIterable<Uint8Array>,
  { bytes: expectedBytes = Infinity, sha256: expectedSha256 }: Expected,
  keep: (chunk: Uint8Array) => Promise<void> | void,
): Promise<StoredObject> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > expectedBytes) break;
    hash.update(chunk);
    await keep(chunk);
  }
  if (expectedBytes !== Infinity && bytes !== expectedBytes) {
    throw new ObjectRejected('wrong-length', `the upload must have ${expectedBytes} bytes`);
  }
  const sha256 = hash.digest('hex');
  if (expectedSha256 !== undefined && sha256 !== expectedSha256) {
    throw new ObjectRejected('wrong-checksum', `the uploaded bytes have the SHA-256 ${sha256}, not ${expectedSha256}`);
  }
  return { bytes, sha256 };
}

async function writeDurably(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flush: true });
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().catch(() => {}); // some file systems do not support it for folders
  await handle.close();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
