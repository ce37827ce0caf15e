import { readFileSync } from 'node:fs';
import { type Postgres, readServerFacts } from '@turno/postgres';
import { readEvictionPolicy } from '@turno/queue';
import type { Log } from '@turno/runtime';

export interface PreflightFacts {
  sql: Postgres['sql'];
  redisUrl: string;
  log: Log;
  /** Connections of one process. */
  poolMax: number;
  /** That many like this one are about to start; 1 when left out. */
  processes?: number;
  /** Sockets and files that one process may need at once. */
  filesMax: number;
}

const clockDifferenceMsMax = 2_000;
/** Beside the pool: one that listens, one that looks whether the server is there. */
const extraConnections = 2;

/**
 * Looks at start whether what this process leans on is fit for its promises. Refuses a Redis that may throw queued work away; warns
 * of everything else. Each line says how to mend it. A Redis that is away is no reason not to start.
 */
export async function preflight(around: PreflightFacts): Promise<void> {
  const policy = await readEvictionPolicy(around.redisUrl);
  if (policy !== undefined && policy !== 'noeviction') {
    throw new Error(`Redis may throw queues away (${policy}): set its maxmemory-policy to noeviction.`);
  }
  if (policy === undefined) around.log.warn('the eviction policy of Redis is unknown: see that it is noeviction');
  for (const warning of [...(await warningsOfPostgres(around)), ...warningsOfSystem(around)]) around.log.warn(warning);
}

async function warningsOfPostgres({ sql, poolMax, processes = 1 }: PreflightFacts): Promise<string[]> {
  const facts = await readServerFacts(sql);
  const warnings: string[] = [];
  if (facts.fsync === 'off') warnings.push('Postgres loses commits when its machine fails: set fsync = on');
  if (facts.synchronousCommit === 'off')
    warnings.push('Postgres loses the last commits when it crashes: set synchronous_commit = on');
  if (Math.abs(facts.clockAheadMs) > clockDifferenceMsMax)
    warnings.push(`the clocks of Postgres and this machine differ by ${facts.clockAheadMs} ms: keep both by NTP`);
  const wanted = facts.connectionsOfOthers + processes * (poolMax + extraConnections);
  if (wanted > facts.connectionsMax)
    warnings.push(
      `with ${processes === 1 ? 'this process' : `these ${processes} processes`} ${wanted} connections to Postgres may be wanted, ` +
        `it allows ${facts.connectionsMax}: lower DATABASE_POOL_MAX, or raise max_connections`,
    );
  return warnings;
}

function warningsOfSystem({ filesMax }: PreflightFacts): string[] {
  const allowed = openFilesMax();
  if (allowed >= filesMax) return [];
  return [`this process may need ${filesMax} open files, the system allows ${allowed}: raise it, as with ulimit -n`];
}

function openFilesMax(): number {
  try {
    const found = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return found ? Number(found[1]) : Infinity;
  } catch {
    return Infinity; // no /proc: nothing can be said
  }
}
