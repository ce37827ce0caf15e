/** Kinds whose handlers share processes: all built-in kinds, or a single kind of KINDS_DIR. */
export type Group = string;
export const builtInGroup: Group = 'built-in';

/** How the process of a handler is started. */
export interface Cell {
  /** Wraps the command of the process. */
  command: string[];
  /** Left out: the folder of the worker. */
  cwd?: string;
  /** The process has a user of its own, whose files no other user may read. */
  hasOwnUser: boolean;
}

export interface Sandbox {
  /** Returns the cell of a new process for handlers of these groups. */
  enter(groups: readonly Group[]): Cell;
  close(): void;
}

/** Returns whether all of these handlers come with Turno and need no network. */
export function isBuiltInOnly(groups: readonly Group[]): boolean {
  return groups.every((group) => group === builtInGroup);
}

export const networkWarning =
  'built-in CPU kinds keep the network: unshare (package util-linux) is missing, or this system does not allow it';
