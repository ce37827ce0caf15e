import type postgres from 'postgres';
import type { Check } from './check.ts';
import { clientChecks } from './client-checks.ts';
import { fleetChecks } from './fleet-checks.ts';
import { type Recorded } from '../history.ts';
import { recordChecks } from './record-checks.ts';
import { webhookChecks } from './webhook-checks.ts';

/** The answers that clients got, in their order. */
export interface ClientEvidence {
  /** One entry per answer that promised a job, a repeated answer again. */
  accepted: { jobId: string; key?: string }[];
  /** One entry per poll. */
  polls: { jobId: string; version: number }[];
}

/** The evidence of a whole fleet: clients, receivers, handlers and workers. */
export interface Evidence {
  history: readonly Recorded[];
  /** One for each time that a handler of `test.noted` began. */
  starts: readonly { jobId: string; at: number }[];
  /** The ends that workers logged as written. */
  ends: readonly { jobId: string; ticket: number; to: string }[];
}

export interface Breach {
  invariant: string;
  what: string;
  jobId: string;
}

export interface Verdict {
  invariant: string;
  what: string;
  breaches: number;
  /** A few of the ids. */
  examples: string[];
}

/** A connection of its own that the judge needs, since it loads the evidence into temporary tables. */
export const judgeConnection = { max: 1, onnotice: () => {} };

const clientsAlone = [...clientChecks, ...recordChecks];
const all = [...clientsAlone, ...fleetChecks, ...webhookChecks];

/**
 * Compares the answers of clients with Postgres itself, past the API, and returns every breach. Call it when all
 * accepted jobs should be over; `recordChanges` must have been called before the first job. I6 and I8 are the same
 * rules: with the receivers' record, and after Redis was emptied.
 */
export async function judge(sql: postgres.Sql, { accepted, polls }: ClientEvidence): Promise<Breach[]> {
  await loadSubmits(
    sql,
    accepted.map(({ jobId: id, key }) => ({ id, key })),
  );
  await loadPolls(
    sql,
    polls.map(({ jobId: id, version }) => ({ id, version })),
  );
  const found = await runChecks(sql, clientsAlone);
  return found.flatMap(({ check: { invariant, what }, ids }) => ids.map((jobId) => ({ invariant, what, jobId })));
}

/** Compares the evidence of a whole fleet with Postgres itself. Every check has a verdict, also with 0 breaches. */
export async function judgeFleet(sql: postgres.Sql, evidence: Evidence): Promise<Verdict[]> {
  await loadFleet(sql, evidence);
  const found = await runChecks(sql, all);
  return found.map(({ check: { invariant, what }, ids }) => {
    return { invariant, what, breaches: ids.length, examples: ids.slice(0, 3) };
  });
}

async function runChecks(sql: postgres.Sql, checks: readonly Check[]): Promise<{ check: Check; ids: string[] }[]> {
  const found = [];
  for (const check of checks) {
    const rows = await sql.unsafe<{ id: string }[]>(
      `SELECT DISTINCT id FROM (${check.query}) AS found (id) ORDER BY id`,
    );
    found.push({ check, ids: rows.map(({ id }) => id) });
  }
  return found;
}

function loadSubmits(sql: postgres.Sql, submits: readonly object[]): Promise<void> {
  const rows = submits.map((submit, n) => ({ ...submit, n }));
  return table(sql, 'submits (n int, key text, id text, kind text, "failsWith" text, own text[])', rows);
}

function loadPolls(sql: postgres.Sql, polls: readonly object[]): Promise<void> {
  const rows = polls.map((poll, n) => ({ ...poll, n }));
  return table(sql, 'seen (n int, id text, run int, state text, version int)', rows);
}

async function loadFleet(sql: postgres.Sql, { history, starts, ends }: Evidence): Promise<void> {
  const where = <T extends Recorded['type']>(...types: T[]) =>
    history.filter((entry): entry is Extract<Recorded, { type: T }> => (types as string[]).includes(entry.type));
  await loadSubmits(sql, where('accepted'));
  await loadPolls(sql, where('seen'));
  await table(sql, 'refused (key text, status int)', where('refused'));
  await table(sql, 'changes (type text, id text, run int, status int)', where('cancelled', 'retried'));
  await table(
    sql,
    'hooks (id text, job text, run int, event text, own text, hash text, verified boolean, status int)',
    where('webhook'),
  );
  const kills = where('fault').filter(({ name, phase }) => name === 'Postgres kill -9' && phase === 'begins');
  await table(sql, 'kills (at float8)', kills);
  await table(sql, 'starts ("jobId" text, at float8)', starts);
  await table(sql, 'ends ("jobId" text, ticket int, "to" text)', ends);
}

const rowsMax = 5_000;

async function table(sql: postgres.Sql, definition: string, rows: readonly object[]): Promise<void> {
  const columns = definition.slice(definition.indexOf('('));
  const name = definition.slice(0, definition.indexOf(' '));
  await sql.unsafe(`DROP TABLE IF EXISTS pg_temp.${name}`);
  await sql.unsafe(`CREATE TEMP TABLE ${definition}`);
  for (let from = 0; from < rows.length; from += rowsMax) {
    const json = JSON.stringify(rows.slice(from, from + rowsMax));
    await sql.unsafe(`INSERT INTO ${name} SELECT * FROM json_to_recordset($1::text::json) AS r ${columns}`, [json]);
  }
  await sql.unsafe(`ANALYZE ${name}`);
}
