import {
  lutimesSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const inCopies = /^(.*\/turno-code-[^/]+\/kinds\/[^/]+)(\/.*)$/;

/** Splits the path of a copied file into the folder of the copy and the path of the original. */
export function splitCopyPath(file: string): { copy: string; original: string } {
  const [, copy = '', original = file] = inCopies.exec(file) ?? [];
  return { copy, original };
}

/** The folder of one process for the copies of its kinds. */
export interface CopiesFolder {
  path: string;
  /** The folder inside of it in which each kind has a folder. */
  kinds: string;
  /** Removes the folder with all copies. */
  remove(): void;
}

const prefix = 'turno-code-';
const ownerFile = 'owner';
/** Programs that tidy temporary folders remove what nobody has touched for 10 days. */
const touchEveryMs = 6 * 3_600_000;
/** The owner of a folder may run in another container, where its pid has another meaning. */
const untouchedMs = 2 * 24 * 3_600_000;

/**
 * Creates the folder below `parent`, a folder for temporary files, and removes those of processes that ended without
 * doing so. Only this user may enter it.
 */
export function createCopiesFolder(parent: string = tmpdir()): CopiesFolder {
  removeAbandoned(parent);
  const path = makeFolder(parent);
  writeFileSync(join(path, ownerFile), JSON.stringify(ownOwner()), { mode: 0o600 });
  const kinds = join(path, 'kinds');
  mkdirSync(kinds);
  const timer = setInterval(() => touchAll(path), touchEveryMs);
  timer.unref();
  return {
    path,
    kinds,
    remove() {
      clearInterval(timer);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function makeFolder(parent: string): string {
  try {
    return mkdtempSync(join(parent, prefix));
  } catch (cause) {
    throw new Error(`${parent} takes no copies of the kinds: set TMPDIR to a writable folder`, { cause });
  }
}

interface Owner {
  pid: number;
  /** Differs between two processes that had the same pid. */
  startTime: string;
  /** The pids of a container are numbers of its own. */
  pidSpace: string;
}

function ownOwner(): Owner {
  return { pid: process.pid, startTime: startTimeOf(process.pid), pidSpace: ownPidSpace() };
}

function ownPidSpace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

/** Returns proc(5)'s field 22, or an empty text where there is no /proc. */
function startTimeOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function removeAbandoned(parent: string): void {
  for (const name of entriesOf(parent)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(parent, name);
    try {
      if (isAbandoned(path)) rmSync(path, { recursive: true, force: true });
    } catch {
      // another process removes it at this moment
    }
  }
}

/** Some systems let nobody list a folder for temporary files. */
function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isAbandoned(path: string): boolean {
  const stat = lstatSync(path);
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return false;
  const file = join(path, ownerFile);
  const owner = readOwner(file);
  if (owner === undefined) return false; // it is being created
  if (owner.pidSpace !== ownPidSpace()) return Date.now() - statSync(file).atimeMs > untouchedMs;
  return !isAlive(owner.pid) || startTimeOf(owner.pid) !== owner.startTime;
}

function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Moves only the time of access, since a changed file is known by its time of change. */
function touchAll(path: string): void {
  try {
    const { mtime } = lstatSync(path);
    if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) touchAll(join(path, name));
    lutimesSync(path, new Date(), mtime);
  } catch {
    // removed meanwhile
  }
}
