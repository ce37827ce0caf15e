import type { Sql } from 'postgres';
import { awaitServer } from './await-server.ts';

/** Settings and state of a server on which promises depend. */
export interface ServerFacts {
  fsync: string;
  synchronousCommit: string;
  /** The server's clock minus this machine's. */
  clockAheadMs: number;
  /** Connections that ordinary users may open. */
  connectionsMax: number;
  /** Connections that are open now, without this one. */
  connectionsOfOthers: number;
}

/** Reads the facts that preflight checks. Waits for a server that is slow to accept. */
export async function readServerFacts(sql: Sql): Promise<ServerFacts> {
  await awaitServer(sql);
  const before = Date.now();
  const [row] = await sql<(Omit<ServerFacts, 'clockAheadMs'> & { now: number })[]>`
    SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS "synchronousCommit",
      extract(epoch FROM clock_timestamp())::float8 * 1000 AS now,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        AS "connectionsMax",
      (SELECT sum(numbackends)::int - 1 FROM pg_stat_database) AS "connectionsOfOthers"`;
  if (row === undefined) throw new Error('Postgres returned no row for its settings');
  const { now, ...facts } = row;
  return { ...facts, clockAheadMs: Math.round(now - (before + Date.now()) / 2) };
}
