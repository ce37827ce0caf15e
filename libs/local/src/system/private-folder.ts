import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { reasonOf, StartError } from '../start-error.ts';

/**
 * Creates a folder, and its missing parents, that only this user may enter.
 * Throws a StartError that names DATA_DIR.
 */
export function makePrivateFolder(folder: string): void {
  try {
    makeLevels(path.resolve(folder));
  } catch (error) {
    throw new StartError(
      `The folder ${folder} cannot be created (${reasonOf(error)}): set DATA_DIR to a folder that you may write to.`,
    );
  }
}

/** One level at a time: Node 20's recursive mkdir never ends below a folder such as /proc that takes no new folders. */
function makeLevels(folder: string): void {
  if (existsSync(folder)) return;
  makeLevels(path.dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another process created it first
  }
}
