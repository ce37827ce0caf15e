import { commandLineOf, parentOf } from './processes.ts';

const checkEveryMs = 500;
const levelsMax = 4;

/**
 * Calls `onGone` once the npm that started this process, or a process between the two, is gone.
 * A user who kills the typed command means everything below it. Without an npm above, nothing is watched, and this
 * process may outlive its shell. Returns a function that ends the watch.
 */
export function watchNpm(onGone: () => void): () => void {
  const chain = chainToNpm();
  if (chain.length === 0) return () => {};
  const timer = setInterval(() => {
    const current = parentChain(chain.length);
    if (chain.every((pid, level) => current[level] === pid)) return;
    clearInterval(timer);
    onGone();
  }, checkEveryMs);
  return () => clearInterval(timer);
}

function chainToNpm(): number[] {
  const pids = parentChain(levelsMax);
  return pids.slice(0, pids.findIndex(isNpm) + 1);
}

function parentChain(levels: number): number[] {
  const pids: number[] = [];
  for (let pid = parentOf(process.pid); pid !== undefined && pid > 1 && pids.length < levels; pid = parentOf(pid)) {
    pids.push(pid);
  }
  return pids;
}

/** npm sets its process title to `npm start`; before that, and on other systems, its script is in its command line. */
function isNpm(pid: number): boolean {
  return commandLineOf(pid)
    .slice(0, 2)
    .some((word) => /^npm( |$)|\/npm(-cli\.js)?$/.test(word));
}
