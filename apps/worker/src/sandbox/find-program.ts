import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { searchPath } from '../config.ts';

/** Returns the path of a program on the PATH of this process; undefined where it is not installed. */
export function findProgram(program: string): string | undefined {
  for (const folder of searchPath.split(delimiter)) {
    const file = join(folder, program);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // not in this folder
    }
  }
  return undefined;
}
