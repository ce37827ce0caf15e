import { accessSync, constants } from 'node:fs';

/** Returns true when this user may execute the program. */
export function isRunnable(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
