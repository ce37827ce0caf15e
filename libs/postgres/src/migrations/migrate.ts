import { fileURLToPath } from 'node:url';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Any constant will do, as long as it is only ours. */
const lockKey = 7_201_905_213;

/**
 * Brings the database to the newest schema. Safe to call from many processes at once: one works, the others wait for an
 * advisory lock and then find nothing to do.
 */
export async function migrateDatabase(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: 5,
    onnotice: () => {},
    connection: { application_name: 'turno-migrate' },
  });
  try {
    await sql`SELECT pg_advisory_lock(${lockKey}::bigint)`;
    await migrate(drizzle(sql), { migrationsFolder });
  } finally {
    await sql.end({ timeout: 5 });
  }
}
