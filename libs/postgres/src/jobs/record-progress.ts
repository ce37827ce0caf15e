import type { Sql } from 'postgres';
import { jobNow, type JobNow } from '../schema/index.ts';

export interface ProgressNote {
  jobId: string;
  claim: string;
  percent: number;
  message: string | null;
}

/** Stores the latest progress of running attempts and returns their jobs. A stale claim changes nothing. */
export function recordProgress(sql: Sql, notes: readonly ProgressNote[]): Promise<JobNow[]> {
  return sql<JobNow[]>`
    UPDATE jobs j SET progress_percent = n.percent, progress_message = n.message, version = j.version + 1
    FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unsynced,
      unnest(${notes.map((note) => note.jobId)}::text[], ${notes.map((note) => note.claim)}::text[],
        ${notes.map((note) => note.percent)}::float8[], ${notes.map((note) => note.message)}::text[]
      ) AS n (job_id, claim, percent, message)
    WHERE j.id = n.job_id AND j.claim = n.claim AND j.state = 'running'
    RETURNING ${jobNow(sql, 'j')}`;
}
