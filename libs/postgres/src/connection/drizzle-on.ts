import { DrizzleQueryError } from 'drizzle-orm';
import { PgDatabase, PgDialect } from 'drizzle-orm/pg-core';
import { type PostgresJsDatabase, PostgresJsSession } from 'drizzle-orm/postgres-js';
import type { Sql, TransactionSql } from 'postgres';

type Session = PostgresJsSession<Sql, Record<string, unknown>, Record<string, never>>;

const databases = new WeakMap<object, PostgresJsDatabase>();

/**
 * Returns Drizzle's statement builder on a pool, or in a transaction. A statement that fails throws the driver's own
 * error: Drizzle's would show all values in its message, secrets too, and has no error code.
 */
export function drizzleOn(sql: Sql | TransactionSql): PostgresJsDatabase {
  const known = databases.get(sql);
  if (known !== undefined) return known;
  const dialect = new PgDialect();
  const session: Session = new PostgresJsSession(sql as Sql, dialect, undefined);
  const prepareQuery = session.prepareQuery.bind(session) as (...words: unknown[]) => Prepared;
  const prepareUnwrapped = (...words: unknown[]) => {
    const prepared = prepareQuery(...words);
    const execute = prepared.execute.bind(prepared);
    return Object.assign(prepared, { execute: (values: unknown) => execute(values).catch(throwCause) });
  };
  Object.assign(session, { prepareQuery: prepareUnwrapped });
  const database = new PgDatabase(dialect, session, undefined) as unknown as PostgresJsDatabase;
  databases.set(sql, database);
  return database;
}

interface Prepared {
  execute(values: unknown): Promise<unknown>;
}

function throwCause(error: unknown): never {
  throw error instanceof DrizzleQueryError && error.cause !== undefined ? error.cause : error;
}
