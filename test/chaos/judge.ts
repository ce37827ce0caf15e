import type postgres from 'postgres';
import { type Recorded } from './history.ts';
import { type Breach, judge as judgeShared } from '../support/judge.ts';
import { checks } from './judge-checks.ts';

/** What was written outside of Turno, by clients, handlers and workers. */
export interface Evidence {
  history: readonly Recorded[];
  /** One for each time that a handler of `test.noted` began. */
  starts: readonly { jobId: string; at: number }[];
  /** What workers logged as written. */
  ends: readonly { jobId: string; ticket: number; to: string }[];
}

export interface Verdict {
  invariant: string;
  what: string;
  breaches: number;
  /** A few of the ids. */
  examples: string[];
}

/** Holds the evidence against what stands in Postgres. Asks nobody else. Every check answers, also with 0. */
export async function judge(sql: postgres.Sql, evidence: Evidence): Promise<Verdict[]> {
  const shared = await judgeShared(sql, {
    accepted: evidence.history.flatMap((entry) =>
      entry.type === 'accepted' ? [{ jobId: entry.id, key: entry.key }] : [],
    ),
    polls: evidence.history.flatMap((entry) =>
      entry.type === 'seen' ? [{ jobId: entry.id, version: entry.version }] : [],
    ),
  });
  const own = await sql.begin(async (tx) => {
    await load(tx, evidence);
    const verdicts: Verdict[] = [];
    for (const { invariant, what, query } of checks) {
      const rows = await tx.unsafe<{ id: string }[]>(query);
      verdicts.push({ invariant, what, breaches: rows.length, examples: rows.slice(0, 3).map((row) => row.id) });
    }
    return verdicts;
  });
  return [...summarize(shared), ...own];
}

/** What the judge of all crash tests found, one line for each rule that was broken. */
function summarize(found: readonly Breach[]): Verdict[] {
  if (found.length === 0)
    return [{ invariant: 'I1–I7', what: 'Postgres’ own record of every change', breaches: 0, examples: [] }];
  const whats = [...new Set(found.map((one) => `${one.invariant} ${one.what}`))];
  return whats.map((name) => {
    const own = found.filter((one) => `${one.invariant} ${one.what}` === name);
    const [invariant = '', ...words] = name.split(' ');
    return {
      invariant,
      what: words.join(' '),
      breaches: own.length,
      examples: own.slice(0, 3).map((one) => one.jobId),
    };
  });
}

async function load(tx: postgres.TransactionSql, { history, starts, ends }: Evidence): Promise<void> {
  const where = <T extends Recorded['type']>(...types: T[]) =>
    history.filter((entry): entry is Extract<Recorded, { type: T }> => (types as string[]).includes(entry.type));
  const seen = where('seen').map((entry, n) => ({ ...entry, n }));
  await table(tx, 'submits (key text, id text, kind text, "failsWith" text, own text[])', where('accepted'));
  await table(tx, 'refused (key text, status int)', where('refused'));
  await table(tx, 'seen (n int, id text, run int, state text, version int)', seen);
  await table(tx, 'changes (type text, id text, run int, status int)', where('cancelled', 'retried'));
  await table(
    tx,
    'hooks (id text, job text, run int, event text, own text, hash text, verified boolean, status int)',
    where('webhook'),
  );
  const kills = where('fault').filter(({ name, phase }) => name === 'Postgres kill -9' && phase === 'begins');
  await table(tx, 'kills (at float8)', kills);
  await table(tx, 'starts ("jobId" text, at float8)', starts);
  await table(tx, 'ends ("jobId" text, ticket int, "to" text)', ends);
}

const rowsMax = 5_000;

async function table(tx: postgres.TransactionSql, definition: string, rows: readonly object[]): Promise<void> {
  const columns = definition.slice(definition.indexOf('('));
  const name = definition.slice(0, definition.indexOf(' '));
  await tx.unsafe(`CREATE TEMP TABLE ${definition} ON COMMIT DROP`);
  for (let from = 0; from < rows.length; from += rowsMax) {
    const json = JSON.stringify(rows.slice(from, from + rowsMax));
    await tx.unsafe(`INSERT INTO ${name} SELECT * FROM json_to_recordset($1::text::json) AS r ${columns}`, [json]);
  }
  await tx.unsafe(`ANALYZE ${name}`);
}
