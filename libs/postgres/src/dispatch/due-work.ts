import { queueNames } from '@turno/contract';
import type { Fragment, Sql } from 'postgres';
import type { Pauses } from './pauses.ts';

/** The maintenance tasks that have nothing to do unless a row is due. */
export type DueTask = 'promote' | 'release' | 'redispatch' | 'clear' | 'index' | 'schedules' | 'deliveries';

export const dueTasks: readonly DueTask[] = [
  'promote',
  'release',
  'redispatch',
  'clear',
  'index',
  'schedules',
  'deliveries',
];

/** What waits in Postgres for a process, as one statement read it. */
export interface DueWork {
  pauses: Pauses;
  /** The queues with a backlog that can be dispatched. */
  backlogs: Set<string>;
  /** Milliseconds until each task has work, on the database's clock; 0: now; Infinity: nothing waits. */
  inMs: Record<DueTask, number>;
}

type Row = Record<DueTask, number | null> & Record<'queues' | 'kinds' | 'backlogs', string[]>;

/** A ticket that was handed over so lately cannot be lost yet. Less than the time after which one counts as lost. */
const handedOverMs = 500;

/**
 * Reads in one statement what waits for the maintenance tasks, by one probe of an index for each. A probe may find a
 * row that its task skips, and never misses one that the task would take. Each probe takes the first row in the order
 * of its index: without an order, a table that was never analysed would be read from its start. A scalar subquery is
 * used, since the planner drops the order of an EXISTS.
 */
export async function readDueWork(sql: Sql): Promise<DueWork> {
  const [row] = await sql<Row[]>`
    SELECT ARRAY(SELECT name FROM pauses WHERE scope = 'queue') AS queues,
      ARRAY(SELECT name FROM pauses WHERE scope = 'kind') AS kinds,
      ARRAY(SELECT name FROM unnest(${queueNames as readonly string[]}::text[]) AS name WHERE (
        SELECT true FROM jobs WHERE backlog AND blocked IS NOT TRUE AND queue = name
        ORDER BY -priority, tenant_id, id LIMIT 1)) AS backlogs,
      least(${msUntil(sql, sql`SELECT due_at FROM jobs WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1`)},
        ${msUntil(
          sql,
          sql`SELECT deadline_at FROM jobs WHERE deadline_at IS NOT NULL AND finished_at IS NULL
            ORDER BY deadline_at LIMIT 1`,
        )}) AS promote,
      (SELECT 0 FROM jobs WHERE blocked AND backlog ORDER BY tenant_id, -priority, id LIMIT 1) AS release,
      (SELECT 0 FROM jobs WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog AND state = 'queued'
        AND queued_at < now() - ${handedOverMs}::float8 * interval '1 millisecond' ORDER BY queued_at, id LIMIT 1) AS redispatch,
      ${msUntil(sql, sql`SELECT min(due_at) FROM tenant_deletions`)} AS clear,
      (SELECT 0 FROM job_inputs WHERE search_due ORDER BY job_id DESC LIMIT 1) AS index,
      ${msUntil(
        sql,
        sql`SELECT next_run_at FROM schedules WHERE next_run_at IS NOT NULL ORDER BY next_run_at LIMIT 1`,
      )} AS schedules,
      (SELECT 0 FROM deliveries WHERE due_at IS NOT NULL ORDER BY endpoint_id, due_at LIMIT 1) AS deliveries`;
  if (row === undefined) throw new Error('a SELECT without FROM returned no row');
  return {
    pauses: { queues: new Set(row.queues), kinds: new Set(row.kinds) },
    backlogs: new Set(row.backlogs),
    inMs: Object.fromEntries(dueTasks.map((task) => [task, Math.max(0, row[task] ?? Infinity)])) as DueWork['inMs'],
  };
}

/** Renders the milliseconds until a time: NULL when `time` finds none, negative when it has passed. */
function msUntil(sql: Sql, time: Fragment): Fragment {
  return sql`(1000 * extract(epoch FROM (${time}) - now()))::float8`;
}
