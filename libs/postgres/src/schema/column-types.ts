import { customType, timestamp } from 'drizzle-orm/pg-core';

export const bytea = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

/**
 * Text that is compared byte by byte: ids, names and enumerations, whose order must not depend on the server's locale.
 */
export const key = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** A timestamptz that is read and written as text in Postgres' own form; see `connection/timestamps.ts`. */
export const time = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });
