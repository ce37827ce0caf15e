import type { Sql } from 'postgres';

const triesMax = 10;

/**
 * Resolves once the server has answered on a connection of this client.
 * A connection that is not made in time is tried again, for a process that starts on a loaded machine; the error of
 * the last try is thrown. Every other failure, such as a refused connection, is thrown at once.
 */
export async function awaitServer(sql: Sql): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await sql`SELECT 1`;
      return;
    } catch (error) {
      const isLate = error instanceof Error && 'code' in error && error.code === 'CONNECT_TIMEOUT';
      if (!isLate || tries === triesMax) throw error;
    }
  }
}
