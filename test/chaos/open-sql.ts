import postgres from 'postgres';
import { judgeConnection } from './judge/judge.ts';
import type { Store } from './store.ts';

/** A connection of our own, past the lines that break. */
export function openSql(store: Store): postgres.Sql {
  return postgres(store.url(), judgeConnection);
}
