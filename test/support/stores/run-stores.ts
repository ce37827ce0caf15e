declare module 'vitest' {
  export interface ProvidedContext {
    runStores: RunStores;
  }
}

/** What every test file of a run shares. */
export interface RunStores {
  dir: string;
  /** Of the maintenance database. */
  adminUrl: string;
  redisUrl: string;
}

/** Migrated and empty; each file's database is cloned from it. */
export const templateDatabase = 'turno';
