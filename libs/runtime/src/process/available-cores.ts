import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Returns the number of CPU cores that this process may use, at least 1.
 * A container's quota (`cpu.max` of cgroup 2) counts too: only later versions of Node respect it by themselves.
 */
export function availableCores(quota = readQuota()): number {
  const cores = availableParallelism();
  const [allowed, period] = quota.split(' ').map(Number);
  const quotaCores = Number(allowed) / Number(period); // NaN for `max` and for an empty quota
  return Number.isNaN(quotaCores) ? cores : Math.max(1, Math.floor(Math.min(cores, quotaCores)));
}

function readQuota(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return ''; // not Linux, or the root cgroup, which has no quota
  }
}
