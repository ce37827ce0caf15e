import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import type { ApiClient } from './api-client.ts';
import type { Clients } from './clients.ts';

export interface RecoveryDeps {
  api: ApiClient;
  clients: Clients;
  print(line: string): void;
  /** Opens a connection of the judge's own, past the lines that break. */
  ask<T>(question: (sql: postgres.Sql) => Promise<T>): Promise<T>;
}

/** Milliseconds from the moment of mending; Infinity: not within the limit. */
export interface Recovery {
  /** Until a job submitted afterwards was accepted and had run. */
  servingMs: number;
  /** Until nothing that was ready before that moment waited or ran any more. */
  caughtUpMs: number;
}

const limitMs = 60_000;
const slowMs = 8_000;

export async function measureRecovery(deps: RecoveryDeps, stopped: AbortSignal): Promise<Recovery> {
  const since = Date.now();
  const servingMs = await timed(() => probe(deps, `probe:${since}:${Math.random()}`, stopped), { since, stopped });
  const slow = setTimeout(() => void sayWhatWaits(deps, since), slowMs);
  const caughtUpMs = await timed(() => nothingOlder(deps, since), { since, stopped });
  clearTimeout(slow);
  return { servingMs, caughtUpMs };
}

async function timed(done: () => Promise<boolean>, { since, stopped }: { since: number; stopped: AbortSignal }) {
  while (!(await done())) {
    if (stopped.aborted || Date.now() - since > limitMs) return Infinity;
    await delay(25);
  }
  return Date.now() - since;
}

async function probe({ api, clients }: RecoveryDeps, key: string, stopped: AbortSignal): Promise<boolean> {
  const options = { tags: [key], priority: 100 };
  const id = await clients.submit({ kind: 'test.noop', input: { value: key }, options }, key);
  if (id === undefined) return false;
  for (let looks = 0; looks < 400 && !stopped.aborted; looks += 1) {
    if ((await api.call('GET', `/v1/jobs/${id}`))?.body.state === 'completed') return true;
    await delay(25);
  }
  return false;
}

/** Jobs that wait for their own time (delays, backoff) are nobody's debt. */
async function nothingOlder({ ask }: RecoveryDeps, since: number): Promise<boolean> {
  const [row] = await ask(
    (sql) => sql<{ open: number }[]>`
      SELECT count(*)::int AS open FROM jobs
      WHERE finished_at IS NULL AND due_at IS NULL AND run_at < ${new Date(since).toISOString()}::timestamptz`,
  );
  return row?.open === 0;
}

/** A recovery that takes long is worth a look while it lasts. */
async function sayWhatWaits({ ask, print }: RecoveryDeps, since: number): Promise<void> {
  const rows = await ask(
    (sql) => sql`
      SELECT id, kind, state, ticket, tries, backlog, dispatch_epoch, worker, now() - queued_at AS queued FROM jobs
      WHERE finished_at IS NULL AND due_at IS NULL AND run_at < ${new Date(since).toISOString()}::timestamptz LIMIT 3`,
  );
  for (const row of rows) print(`  still waiting: ${JSON.stringify(row)}`);
}
