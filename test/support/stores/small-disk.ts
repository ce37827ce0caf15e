import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, statfsSync } from 'node:fs';

/** A disk of its own that is full when a test says so. */
export interface SmallDisk {
  folder: string;
  /** From now on not one byte more can be written. */
  fill(): void;
  free(): void;
  unmount(): void;
}

const size = 2 * 1024 ** 3;
const fillTries = 100;

/** Undefined where this process may not mount one, which takes root. It belongs to the user `uid`. */
export function mountSmallDisk(folder: string, uid: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (!mounts('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)) return undefined;
  chownSync(folder, uid, uid);
  const resize = (bytes: number) => mounts('-o', `remount,size=${bytes}`, folder);
  return {
    folder,
    fill() {
      // Refused when somebody has written in between.
      for (let left = fillTries; left > 0; left -= 1) {
        const { blocks, bfree, bsize } = statfsSync(folder);
        if (resize((blocks - bfree) * bsize)) return;
      }
      throw new Error(`${folder} could not be filled`);
    },
    free() {
      if (!resize(size)) throw new Error(`${folder} could not be emptied`);
    },
    unmount: () => unmountSmallDisk(folder),
  };
}

/** Does nothing where none is mounted. */
export function unmountSmallDisk(folder: string): void {
  if (existsSync(folder)) spawnSync('umount', [folder], { stdio: 'ignore' });
}

function mounts(...words: string[]): boolean {
  return process.getuid?.() === 0 && spawnSync('mount', words, { stdio: 'ignore' }).status === 0;
}
