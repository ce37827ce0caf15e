import type { Sandbox } from './cell.ts';
import { findProgram } from './find-program.ts';
import { createFreeIds } from './free-ids.ts';

export interface User {
  uid: number;
  gids: readonly number[];
  caps: string;
}

/** May read every file, also through folders that are closed to all other users. */
export const readAllCaps = '-all,+dac_read_search';

/** Returns the command that runs a program as another user, without a way back. Only root may do that. */
export function becomeUser(setpriv: string, { uid, gids: [gid = uid, ...others], caps }: User): string[] {
  return [
    setpriv, // a separate setpriv: a change of the user clears the parent death signal
    `--reuid=${uid}`,
    `--regid=${gid}`,
    others.length > 0 ? `--groups=${others.join(',')}` : '--clear-groups',
    '--no-new-privs',
    `--inh-caps=${caps}`,
    `--ambient-caps=${caps}`,
  ];
}

/**
 * Creates a sandbox that needs no preparation. A handler of a root worker gets a user of its own, which may read every
 * file, but neither write files of root nor read the worker's memory.
 */
export function createBasicSandbox(): Sandbox {
  const setpriv = process.getuid?.() === 0 ? findProgram('setpriv') : undefined;
  const nextId = createFreeIds();
  return {
    enter: () =>
      setpriv === undefined
        ? { command: [], hasOwnUser: false }
        : { command: becomeUser(setpriv, { uid: nextId(), gids: [], caps: readAllCaps }), hasOwnUser: true },
    close() {},
  };
}
