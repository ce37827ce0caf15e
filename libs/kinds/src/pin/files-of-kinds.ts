import { dirname } from 'node:path';
import { findKindFolders } from '../find-kind-folders.ts';
import { collectCode } from './collect-code.ts';

/** Returns all files of the kinds in `kindsDir`, also those elsewhere that they import. Skips a kind with a fault. */
export function filesOfKinds(kindsDir: string): string[] {
  const folders = findKindFolders(kindsDir, []).map(({ runFile }) => dirname(runFile));
  return [...new Set(folders.flatMap(filesOf))];
}

function filesOf(folder: string): string[] {
  try {
    return collectCode(folder).files;
  } catch {
    return [];
  }
}
