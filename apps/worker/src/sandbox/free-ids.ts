import { readdirSync, readFileSync, statSync } from 'node:fs';

/** The range from which systemd takes users without an account; it is also mapped in most containers. */
const first = 61_184;
const count = 4_336;

/** A search takes 4 ms of processor time. */
const searchEveryMs = 60_000;

/**
 * Creates a source of user ids for handlers. An id belongs to no account, no group and no running process, such as a
 * Postgres or a Redis, as of the last minute. It comes again only after 4,335 others.
 */
export function createFreeIds(): () => number {
  // Two workers of one machine begin at different places.
  let next = (process.pid * 64) % count;
  let taken = new Set<number>();
  let searchedAt = -Infinity;
  return () => {
    if (performance.now() - searchedAt > searchEveryMs) {
      taken = new Set([...idsIn('/etc/passwd'), ...idsIn('/etc/group'), ...idsOfProcesses()]);
      searchedAt = performance.now();
    }
    for (let tries = 0; tries < count; tries += 1) {
      const id = first + next;
      next = (next + 1) % count;
      if (!taken.has(id)) return id;
    }
    throw new Error(`all user ids from ${first} to ${first + count - 1} are in use: end some of their processes`);
  };
}

/** Both files have the id in their third field. */
function idsIn(file: string): number[] {
  try {
    return readFileSync(file, 'latin1')
      .split('\n')
      .map((line) => Number(line.split(':')[2]));
  } catch {
    return [];
  }
}

function idsOfProcesses(): number[] {
  try {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.map((pid) => statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid ?? 0);
  } catch {
    return [];
  }
}
