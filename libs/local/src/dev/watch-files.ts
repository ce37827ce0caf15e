import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const pollEveryMs = 250;
/** A save of many files is one change: it is over after a round without a change, this long after the last one. */
const quietMs = 60;

type Snapshot = ReadonlyMap<string, string>;

export interface FileWatch {
  /** Resolves with the absolute paths of the files that changed since the last call, as soon as there are any. */
  changed(): Promise<string[]>;
  stop(): void;
}

/**
 * Watches all files below the folders by their time of change and their size, and the files that `findFiles` returns,
 * which is called again after each change. A poll, not fs.watch: a poll also sees new folders, editors that replace a
 * file, and mounts without notices. One round over this repository takes about 10 ms.
 */
export function watchFiles(folders: readonly string[], findFiles: () => string[] = () => []): FileWatch {
  let files = findFiles();
  let seen = snapshotOf(folders, files);
  let timer: NodeJS.Timeout | undefined;
  return {
    changed: () =>
      new Promise((resolve) => {
        const pending = new Set<string>();
        const round = () => {
          const now = snapshotOf(folders, files);
          const found = differences(seen, now);
          seen = now;
          for (const file of found) pending.add(file);
          if (pending.size > 0 && found.length === 0) {
            files = findFiles();
            seen = new Map([...snapshotOf([], files), ...now]);
            resolve([...pending]);
          } else timer = setTimeout(round, pending.size > 0 ? quietMs : pollEveryMs);
        };
        timer = setTimeout(round, pollEveryMs);
      }),
    stop: () => clearTimeout(timer),
  };
}

function differences(before: Snapshot, after: Snapshot): string[] {
  const changed = [...after].filter(([file, stamp]) => before.get(file) !== stamp).map(([file]) => file);
  return [...changed, ...[...before.keys()].filter((file) => !after.has(file))];
}

function snapshotOf(folders: readonly string[], more: readonly string[]): Snapshot {
  const files = new Map(more.map((file) => [file, stampOf(file)]));
  for (const folder of folders) addFiles(folder, files);
  return files;
}

function addFiles(folder: string, files: Map<string, string>): void {
  for (const entry of entriesOf(folder)) {
    const file = path.join(folder, entry.name);
    if (entry.name === 'node_modules' || entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) addFiles(file, files);
    else files.set(file, stampOf(file));
  }
}

/** A folder may be removed while it is read. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function stampOf(file: string): string {
  try {
    const { mtimeMs, size } = statSync(file);
    return `${mtimeMs} ${size}`;
  } catch {
    return '';
  }
}
