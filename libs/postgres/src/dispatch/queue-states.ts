import { queueNames, type QueueState } from '@turno/contract';
import type { Sql } from 'postgres';
import { readPauses } from './pauses.ts';

type Row = QueueState['counts'] & Pick<QueueState, 'oldestQueuedSeconds'> & { queue: string };

/**
 * Counts the jobs of each queue that are not final. Each place where such a job can be has an index of its own, so the
 * cost depends on the waiting and running jobs, not on the history.
 */
export async function readQueueStates(sql: Sql, queueOf: (kind: string) => string | undefined): Promise<QueueState[]> {
  const columns = sql`queue, state, run_at, blocked`;
  const [rows, pauses] = await Promise.all([
    sql<Row[]>`
      WITH unfinished AS (
        SELECT ${columns} FROM jobs WHERE backlog AND blocked IS NOT TRUE
        UNION ALL SELECT ${columns} FROM jobs WHERE blocked AND backlog
        UNION ALL SELECT ${columns} FROM jobs WHERE finished_at IS NULL AND due_at IS NULL AND NOT backlog
        UNION ALL SELECT ${columns} FROM jobs WHERE due_at IS NOT NULL
      )
      SELECT queue, (count(*) FILTER (WHERE state = 'queued'))::int AS queued,
        (count(*) FILTER (WHERE state = 'queued' AND blocked))::int AS blocked,
        (count(*) FILTER (WHERE state = 'scheduled'))::int AS scheduled,
        (count(*) FILTER (WHERE state = 'retrying'))::int AS retrying,
        (count(*) FILTER (WHERE state = 'running'))::int AS running,
        extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'queued'))::float8 AS "oldestQueuedSeconds"
      FROM unfinished GROUP BY queue`,
    readPauses(sql),
  ]);
  return queueNames.map((name) => {
    const row = rows.find(({ queue }) => queue === name);
    const { queued = 0, blocked = 0, scheduled = 0, retrying = 0, running = 0, oldestQueuedSeconds = null } = row ?? {};
    const counts = { queued, blocked, scheduled, retrying, running };
    const pausedKinds = [...pauses.kinds].filter((kind) => queueOf(kind) === name).sort();
    return { name, paused: pauses.queues.has(name), pausedKinds, counts, oldestQueuedSeconds };
  });
}
