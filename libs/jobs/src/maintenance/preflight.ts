import { readFileSync } from 'node:fs';
import { type Postgres, readServerFacts } from '@turno/postgres';
import { readEvictionPolicy } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface PreflightFacts {
  sql: Postgres['sql'];
  redisUrl: string;
  log: Log;
  /** Connections to Postgres of one process. */
  poolMax: number;
  /** The number of processes like this one that are about to start; 1 by default. */
  processes?: number;
  /** Sockets and files that one process may have open at once. */
  filesMax: number;
}

const clockDifferenceMsMax = 2_000;
/** Connections beside the pool: one for LISTEN, one for the readiness check. */
const extraConnections = 2;

/**
 * Checks Postgres, Redis and the system before a process starts its work.
 * Throws if Redis may evict queued work. Logs a warning with the mend for everything else. A Redis that is away does
 * not stop the start.
 */
export async function preflight(facts: PreflightFacts): Promise<void> {
  const policy = await readEvictionPolicy(facts.redisUrl);
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Error(`Redis may evict queued work (${policy}): set its maxmemory-policy to noeviction.`);
  }
  if (policy === undefined)
    facts.log.warn('the eviction policy of Redis could not be read: check that maxmemory-policy is noeviction');
  for (const warning of [...(await postgresWarnings(facts)), ...systemWarnings(facts)]) facts.log.warn(warning);
}

async function postgresWarnings({ sql, poolMax, processes = 1 }: PreflightFacts): Promise<string[]> {
  const server = await readServerFacts(sql);
  const warnings: string[] = [];
  if (server.fsync === 'off') warnings.push('Postgres loses commits when its machine fails: set fsync = on');
  if (server.synchronousCommit === 'off')
    warnings.push('Postgres loses the last commits when it crashes: set synchronous_commit = on');
  if (Math.abs(server.clockAheadMs) > clockDifferenceMsMax)
    warnings.push(`the clocks of Postgres and this machine differ by ${server.clockAheadMs} ms: keep both by NTP`);
  const wanted = server.connectionsOfOthers + processes * (poolMax + extraConnections);
  const starting = processes === 1 ? 'this process' : `these ${processes} processes`;
  if (wanted > server.connectionsMax)
    warnings.push(
      `with ${starting} Postgres may get ${wanted} connections, ` +
        `it allows ${server.connectionsMax}: lower DATABASE_POOL_MAX, or raise max_connections`,
    );
  return warnings;
}

function systemWarnings({ filesMax }: PreflightFacts): string[] {
  const allowed = openFilesMax();
  if (allowed >= filesMax) return [];
  return [
    `this process may need ${filesMax} open files, the system allows ${allowed}: raise the limit, as with ulimit -n`,
  ];
}

function openFilesMax(): number {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found ? Number(found[1]) : Infinity;
  } catch {
    return Infinity; // without /proc the limit is unknown
  }
}
