import { commandOf, parentOf } from './processes.ts';

const lookEveryMs = 500;
const levelsMax = 4;

/**
 * Calls `onGone` once the npm that started this process is gone, or any process between the two: whoever kills the command
 * they typed means everything below it. Without an npm above, nothing is watched, and the process may outlive its shell.
 */
export function watchAncestors(onGone: () => void): () => void {
  const chain = chainToNpm();
  if (chain.length === 0) return () => {};
  const timer = setInterval(() => {
    const now = ancestors(chain.length);
    if (chain.every((pid, level) => now[level] === pid)) return;
    clearInterval(timer);
    onGone();
  }, lookEveryMs);
  return () => clearInterval(timer);
}

function chainToNpm(): number[] {
  const pids = ancestors(levelsMax);
  return pids.slice(0, pids.findIndex(isNpm) + 1);
}

function ancestors(levels: number): number[] {
  const pids: number[] = [];
  for (let pid = parentOf(process.pid); pid !== undefined && pid > 1 && pids.length < levels; pid = parentOf(pid)) {
    pids.push(pid);
  }
  return pids;
}

/** npm names itself `npm start`; before that, and elsewhere, its script stands on its command line. */
function isNpm(pid: number): boolean {
  return commandOf(pid)
    .slice(0, 2)
    .some((word) => /^npm( |$)|\/npm(-cli\.js)?$/.test(word));
}
