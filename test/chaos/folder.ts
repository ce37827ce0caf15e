import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { unmountSmallDisk } from '../support/stores/small-disk.ts';

const mark = 'running';

/** A new folder for a run, `<seed>-<pid>`. What runs that were killed have left beside it is removed first. */
export function openFolder(parent: string, seed: number): string {
  mkdirSync(parent, { recursive: true });
  for (const name of readdirSync(parent)) {
    const pid = Number(name.split('-')[1]);
    if (existsSync(path.join(parent, name, mark)) && !isAlive(pid)) removeFolder(path.join(parent, name));
  }
  const dir = path.join(parent, `${seed}-${process.pid}`);
  mkdirSync(dir);
  writeFileSync(path.join(dir, mark), '');
  return dir;
}

/** The run is over and somebody shall look at what it left. */
export function keepFolder(dir: string): void {
  rmSync(path.join(dir, mark), { force: true });
}

export function removeFolder(dir: string): void {
  unmountSmallDisk(path.join(dir, 'disk'));
  rmSync(dir, { recursive: true, force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
