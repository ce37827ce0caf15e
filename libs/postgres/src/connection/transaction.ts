import type { Sql, TransactionSql } from 'postgres';
import { isConnectionError } from './connection-error.ts';

/**
 * Runs `work` in a transaction, and rejects when its connection is lost. The driver would then write ROLLBACK to the
 * closed socket, which ends the process; when `work` never settles, the driver writes nothing and rejects all the same.
 */
export async function inTransaction<T>(sql: Sql, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
  const outcome = await sql.begin(async (tx) => {
    const value = await work(tx).catch((error: unknown) => {
      if (isConnectionError(error)) return new Promise<never>(() => {});
      throw error;
    });
    return { value };
  });
  return outcome.value;
}
