import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { watchConnections } from './driver-patches/connection-watchdog.ts';
import { longNumber } from './driver-patches/send-startup-packet.ts';
import { toDriverOptions } from './driver-options.ts';

export interface Postgres {
  /** For all functions of this package. Timestamps are text, see `timestamps.ts`. */
  sql: Sql;
  /** Resolves with whether the server answers. Never rejects. */
  ping(): Promise<boolean>;
  /** Returns whether anything was received from the server within the last `ms`. */
  answeredWithin(ms: number): boolean;
  close(): Promise<void>;
}

export interface PostgresOptions {
  url: string;
  /** Connections of this process. All processes together must stay below the server's max_connections. */
  poolMax: number;
  /** False: for a pooler in transaction mode without support for prepared statements. */
  prepare: boolean;
  /** Shown in pg_stat_activity. */
  name: string;
  /** The server cancels a statement that takes longer. Below 35 s, see `watchConnections`. */
  statementTimeoutMs?: number;
}

const lateMs = 1_000;

/** Resolves with whether the server answers. A response of the last second proves it without a statement. */
export function answers({ ping, answeredWithin }: Pick<Postgres, 'ping' | 'answeredWithin'>): Promise<boolean> {
  return answeredWithin(lateMs) ? Promise.resolve(true) : ping();
}

const defaultStatementTimeoutMs = 30_000;
/** The type number of text[], which the driver can parse once it has read the server's types. */
const textArray = 1009;

/**
 * Opens a pool. It connects at first use, and reconnects to a lost or silent server every half second. Statements fail
 * meanwhile, with an error that `isConnectionError` knows; a batcher repeats them.
 */
export function openPostgres({
  url,
  poolMax,
  prepare,
  name,
  statementTimeoutMs = defaultStatementTimeoutMs,
}: PostgresOptions): Postgres {
  const { links, ...server } = toDriverOptions(url);
  const timeout: object = { statement_timeout: longNumber(statementTimeoutMs) }; // the driver's type says number
  const viaLinks: object = { socket: open }; // not among the driver's typed options
  const sql = postgres({
    ...server,
    ...viaLinks,
    max: poolMax,
    prepare,
    connect_timeout: 2,
    backoff: () => 0.5,
    onnotice: () => {},
    // A value that fails while it is bound would leave its pipelined statement, and the connection, waiting for ever.
    transform: { undefined: null },
    connection: { ...server.connection, application_name: name, TimeZone: 'UTC', ...timeout },
  });
  // The types are read once: a connection that fails while it reads them leaves a rejection that nothing can catch.
  function open(target: unknown) {
    if (textArray in sql.options.parsers) sql.options.fetch_types = false;
    return links.open(target);
  }
  drizzle(sql); // for its codecs: this client then hands out timestamps and takes JSON as text
  const stopWatchdog = watchConnections({ url, links, probe: async () => sql`SELECT 1` });
  return {
    sql,
    ping: () =>
      sql`SELECT 1`.then(
        () => true,
        () => false,
      ),
    answeredWithin: (ms) => links.receivedWithin(ms),
    async close() {
      stopWatchdog();
      await sql.end({ timeout: 2 });
      links.cut();
    },
  };
}
