import { readFileSync } from 'node:fs';

const levelsMax = 4;

/** Returns the pid of the npm that started this process, directly or by a shell; undefined when there is none. */
export function findNpm() {
  let pid = process.ppid;
  for (let level = 0; level < levelsMax && pid > 1; level += 1) {
    const [first = '', second = ''] = read(pid, 'cmdline').split('\0');
    if (/^npm( |$)/.test(first) || /\/npm(-cli\.js)?$/.test(second)) return pid;
    const stat = read(pid, 'stat');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return undefined;
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}
