import type { Sql } from 'postgres';

export type PauseScope = 'queue' | 'kind';

export interface Pauses {
  queues: Set<string>;
  kinds: Set<string>;
}

/** Reads the queues and kinds that start no new attempts. */
export async function readPauses(sql: Sql): Promise<Pauses> {
  const rows = await sql<{ scope: PauseScope; name: string }[]>`SELECT scope, name FROM pauses`;
  const named = (scope: PauseScope) => new Set(rows.filter((row) => row.scope === scope).map((row) => row.name));
  return { queues: named('queue'), kinds: named('kind') };
}

export interface PauseTarget {
  scope: PauseScope;
  name: string;
}

/** Pauses or resumes a queue or a kind. Idempotent. */
export async function setPause(sql: Sql, { scope, name }: PauseTarget, paused: boolean): Promise<void> {
  if (paused) await sql`INSERT INTO pauses (scope, name) VALUES (${scope}, ${name}) ON CONFLICT DO NOTHING`;
  else await sql`DELETE FROM pauses WHERE scope = ${scope} AND name = ${name}`;
}
