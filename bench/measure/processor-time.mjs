import { readdirSync, readFileSync } from 'node:fs';

/**
 * Returns the processor time of all threads of a process in seconds.
 * Other load on the machine has little effect on it.
 */
export function processorSeconds({ pid }) {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) =>
    Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  );
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
}

/** Ticks of the times in /proc/<pid>/stat; Linux shows 100 a second to every program. */
const ticksPerSecond = 100;

/** Returns the processor time of a process, of all processes below it, and of those below it that have ended. */
export function treeSeconds(pid) {
  const all = readProcesses();
  let seconds = 0;
  for (const queue = [pid]; queue.length > 0;) {
    const current = queue.pop();
    seconds += (all.get(current)?.endedTicks ?? 0) / ticksPerSecond + secondsOrZero(current);
    queue.push(...[...all].filter(([, { parent }]) => parent === current).map(([child]) => child));
  }
  return seconds;
}

function readProcesses() {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.flatMap((pid) => readStat(Number(pid))));
}

/** Fields 4, 16 and 17 of proc(5): the parent, and the time of children that were waited for. */
function readStat(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return [[pid, { parent: Number(fields[1]), endedTicks: Number(fields[13]) + Number(fields[14]) }]];
  } catch {
    return []; // ended meanwhile
  }
}

function secondsOrZero(pid) {
  try {
    return processorSeconds({ pid });
  } catch {
    return 0; // ended meanwhile: its parent counts it
  }
}
