import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSecond = 100; // USER_HZ, which Linux fixes for every program that reads /proc
const sampleEveryMs = 1_000;

/**
 * Starts to measure what this process and all processes below it use, and returns a function that ends it with a line
 * of text.
 *
 * The kernel adds the time of an ended child to its parent, so this process's own entry covers all that ended under it.
 * A process whose parent was killed leaves this tree: it counts with its last sample, which misses at most its last
 * second.
 */
export function startMeter() {
  const startedAt = performance.now();
  const before = readTable().get(process.pid);
  if (before === undefined)
    return () => `Used ${words(performance.now() - startedAt)} (processor time: only on Linux).`;
  /** Processes seen below this one, by pid and birth: their seconds so far, and whether they left the tree. */
  const seen = new Map();
  const sampling = setInterval(() => sample(seen), sampleEveryMs);
  sampling.unref();
  return () => {
    clearInterval(sampling);
    sample(seen);
    const orphans = [...seen.values()].filter((one) => one.left);
    const own = readTable().get(process.pid).seconds - before.seconds;
    const all = orphans.reduce((sum, { seconds }) => sum + seconds, own);
    const wall = words(performance.now() - startedAt);
    return `Used ${wall} of wall time and ${words(all * 1_000)} of processor time, the stores and all other processes included.`;
  };
}

/** Forgets nobody: a process that left the tree keeps its last figure when it ends. */
function sample(seen) {
  const table = readTable();
  const roots = [...seen].filter(([key, { left }]) => left && keyOf(table.get(pidOf(key))) === key).map(([key]) => key);
  const below = descendantsOf([process.pid, ...roots.map(pidOf)], table);
  for (const [key, one] of seen) {
    const now = table.get(pidOf(key));
    if (keyOf(now) !== key) {
      if (!one.left) seen.delete(key); // its parent has waited for it and counts its time
      continue;
    }
    one.left ||= !below.has(now.pid);
    one.seconds = now.seconds;
  }
  for (const pid of below) {
    const one = table.get(pid);
    if (!seen.has(keyOf(one))) seen.set(keyOf(one), { left: false, seconds: one.seconds });
  }
}

function descendantsOf(pids, table) {
  const children = new Map();
  for (const one of table.values()) children.set(one.parent, [...(children.get(one.parent) ?? []), one.pid]);
  const found = new Set();
  const visit = (pid) => {
    for (const child of children.get(pid) ?? []) {
      found.add(child);
      visit(child);
    }
  };
  pids.forEach(visit);
  return found;
}

const keyOf = (one) => one && `${one.pid} ${one.birth}`;
const pidOf = (key) => Number(key.split(' ')[0]);

/** Every process by its pid, with its seconds and those of its children that ended. Empty where there is no /proc. */
function readTable() {
  const table = new Map();
  for (const pid of pids()) {
    const fields = statOf(pid);
    if (fields === undefined) continue;
    // Fields 4, 14 to 17 and 22 of proc(5), counted from the state, which is field 3.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    table.set(pid, { pid, parent: Number(fields[1]), birth: fields[19], seconds: ticks / ticksPerSecond });
  }
  return table;
}

function pids() {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger);
  } catch {
    return [];
  }
}

function statOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // ended in this moment
  }
}

function words(ms) {
  const seconds = Math.round(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
