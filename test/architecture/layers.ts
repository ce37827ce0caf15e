/**
 * A package imports only from lower rows. What has no row has no place yet: give it one here, with the reason in
 * ARCHITECTURE.md.
 */
export const rows: Readonly<Record<string, number>> = {
  'apps/api': 7,
  'apps/worker': 7,
  'apps/board': 7,
  'apps/files': 7,
  'apps/cli': 7,
  'libs/schedules': 6,
  'libs/jobs': 5,
  'libs/webhooks': 4,
  'libs/files': 4,
  'libs/tenants': 3,
  'libs/postgres': 2,
  'libs/redis': 2,
  'libs/queue': 2,
  'libs/contract': 1,
  'libs/kinds': 1,
  'libs/runtime': 1,
};

/** Packages beside the rows and the one neighbour in a row: exactly what they may import of ours. */
export const exactly: Readonly<Record<string, readonly string[]>> = {
  'libs/kinds': ['libs/contract'],
  'libs/client': ['libs/contract'],
  'libs/local': ['libs/contract', 'libs/runtime', 'libs/postgres', 'libs/tenants', 'libs/client'],
};

/**
 * Ways into a package beside its name, each for one alone: a process that runs handlers and is to start without the
 * schemas.
 */
export const secondDoors: Readonly<Record<string, string>> = {
  '@turno/kinds/handlers': 'apps/worker',
};

/** Who alone may import a module from outside. */
export const reserved: Readonly<Record<string, readonly string[]>> = {
  express: ['apps/api', 'apps/board'],
  postgres: ['libs/postgres'],
  'drizzle-orm': ['libs/postgres'],
  bullmq: ['libs/queue'],
};

/** Code whose imports are decided at run time: only where kinds of work are found on disk. */
export const mayCompute = 'libs/kinds';

/** Who alone may hold SQL. */
export const holdsSql = 'libs/postgres';

export const linesMax = 300;

/** Names that say nothing about what is inside. */
export const emptyNames = /^(?:utils?|helpers?|commons?|managers?|services?)$/;

/** Packages whose folders have a door each: a file reaches another folder only through its `index.ts`. */
export const withInnerDoors: readonly string[] = ['libs/postgres'];
