import { drizzle } from 'drizzle-orm/postgres-js';
import postgres, { type Sql } from 'postgres';
import { watchConnections } from './driver-patches/connection-watchdog.ts';
import { createLinks } from './driver-patches/patched-sockets.ts';
import { longNumber } from './driver-patches/send-startup-packet.ts';
import { encryptionOf } from './driver-patches/secure-socket.ts';

export interface Postgres {
  /** For all functions of this package. Timestamps are text, see `timestamps.ts`. */
  sql: Sql;
  /** True when the server answered. Never throws. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

export interface PostgresOptions {
  url: string;
  /** Connections of this process. All processes together must stay below the server's max_connections. */
  poolMax: number;
  /** False behind a pooler in transaction mode without support for prepared statements. */
  prepare: boolean;
  /** Shown in pg_stat_activity. */
  name: string;
}

const statementTimeoutMs = 30_000;
/** The number of text[], which the driver can read once it has asked for the types of the server. */
const textArray = 1009;

/**
 * Opens a pool. Connects at first use; a lost server is looked for again every half second, and one that has fallen silent counts
 * as lost. Statements are not bound to fail then: a group tries them again.
 */
export function openPostgres({ url, poolMax, prepare, name }: PostgresOptions): Postgres {
  const links = createLinks(encryptionOf(url));
  // Not among the driver's typed options. What is to be encrypted is so by `links` already.
  const viaLinks = { socket: open, ssl: false, sslnegotiation: null };
  const timeout: object = { statement_timeout: longNumber(statementTimeoutMs) }; // there it is a number
  const sql = postgres(url, {
    ...viaLinks,
    max: poolMax,
    prepare,
    connect_timeout: 2,
    backoff: () => 0.5,
    onnotice: () => {},
    // A value that fails while it is bound would leave its pipelined statement, and the connection, without an end.
    transform: { undefined: null },
    connection: { application_name: name, TimeZone: 'UTC', ...timeout },
  });
  // They are asked for once: a connection that fails while it asks leaves a rejection that nobody can catch.
  function open(target: unknown) {
    if (textArray in sql.options.parsers) sql.options.fetch_types = false;
    return links.open(target);
  }
  drizzle(sql); // for its codecs: this client then hands out timestamps and takes JSON as text
  const stopLooking = watchConnections({ url, links, ask: async () => sql`SELECT 1` });
  return {
    sql,
    ping: () =>
      sql`SELECT 1`.then(
        () => true,
        () => false,
      ),
    async close() {
      stopLooking();
      await sql.end({ timeout: 2 });
      links.cut();
    },
  };
}
