import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, statfsSync } from 'node:fs';

/** A disk of its own that is full when a test says so. */
export interface SmallDisk {
  folder: string;
  /** From now on not one byte more can be written. */
  fill(): void;
  free(): void;
  unmount(): void;
}

const size = 2 * 1024 ** 3;

/** Undefined where this process may not mount one, which takes root. It belongs to the user `uid`. */
export function mountSmallDisk(folder: string, uid: number): SmallDisk | undefined {
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (!mounts('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)) return undefined;
  chownSync(folder, uid, uid);
  const resize = (bytes: number) => {
    if (!mounts('-o', `remount,size=${bytes}`, folder))
      throw new Error(`${folder} could not be made ${bytes} bytes large`);
  };
  return {
    folder,
    fill() {
      const { blocks, bfree, bsize } = statfsSync(folder);
      resize((blocks - bfree) * bsize);
    },
    free: () => resize(size),
    unmount: () => void spawnSync('umount', [folder], { stdio: 'ignore' }),
  };
}

function mounts(...words: string[]): boolean {
  return process.getuid?.() === 0 && spawnSync('mount', words, { stdio: 'ignore' }).status === 0;
}
