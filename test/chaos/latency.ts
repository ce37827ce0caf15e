import type postgres from 'postgres';

/** A stretch of time with one thing going on, in milliseconds. */
export interface Phase {
  /** `calm`, or the fault. */
  name: string;
  from: number;
  to: number;
}

/** One in a hundred took longer, in milliseconds. */
export interface P99 {
  ms: number;
  /** Of how many. */
  of: number;
}

/** What phases of one name have in common, all together: single phases are too short for a p99 of their own. */
export interface Latency {
  name: string;
  /** Until a submit was answered, whatever the answer was. */
  submits: P99;
  /** From acceptance to the end, of `io` jobs that do nothing. */
  io: P99;
}

/** An answer to a submit; `at` is when it was asked. */
export interface Answered {
  at: number;
  ms: number;
}

/** `calm` first, then faults by name. */
export async function measureLatencies(
  sql: postgres.Sql,
  phases: readonly Phase[],
  answered: readonly Answered[],
): Promise<Latency[]> {
  const names = [...new Set(phases.map((phase) => phase.name))].sort();
  const latencies: Latency[] = [];
  for (const name of names) {
    const own = phases.filter((phase) => phase.name === name);
    const submits = answered.filter(({ at }) => own.some(({ from, to }) => at >= from && at < to)).map(({ ms }) => ms);
    latencies.push({ name, submits: p99(submits), io: p99(await ioTimes(sql, own)) });
  }
  return latencies.sort((a, b) => Number(b.name === 'calm') - Number(a.name === 'calm'));
}

async function ioTimes(sql: postgres.Sql, phases: readonly Phase[]): Promise<number[]> {
  const rows = await sql<{ ms: number }[]>`
    SELECT extract(epoch FROM finished_at - created_at)::float8 * 1000 AS ms
    FROM unnest(${phases.map(({ from }) => from)}::float8[], ${phases.map(({ to }) => to)}::float8[]) AS p (since, until)
    JOIN jobs ON created_at >= to_timestamp(since / 1000) AND created_at < to_timestamp(until / 1000)
    WHERE kind = 'test.noop' AND state = 'completed' AND run_at = created_at`;
  return rows.map((row) => row.ms);
}

function p99(values: number[]): P99 {
  const sorted = values.sort((a, b) => a - b);
  return { ms: sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN, of: sorted.length };
}
