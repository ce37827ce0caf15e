import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Cores that this process may use, at least 1. A container's quota counts too (`cpu.max` of cgroup 2), which Node itself heeds only in
 * its later versions.
 */
export function availableCores(quota = readQuota()): number {
  const cores = availableParallelism();
  const [allowed, period] = quota.split(' ').map(Number);
  const ofQuota = Number(allowed) / Number(period); // not a number where it says `max`, or nothing
  return Number.isNaN(ofQuota) ? cores : Math.max(1, Math.floor(Math.min(cores, ofQuota)));
}

function readQuota(): string {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return ''; // another system, or nothing above this one
  }
}
