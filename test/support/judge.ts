import type { Fragment, Sql } from 'postgres';

/** What the clients themselves saw, in the order in which they saw it. */
export interface History {
  /** One entry per answer that promised a job, a repeated answer again. */
  accepted: { jobId: string; key?: string }[];
  /** One entry per poll. */
  polls: { jobId: string; version: number }[];
}

export interface Breach {
  invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I7';
  what: string;
  jobId: string;
}

/**
 * Judges a history against Postgres itself, never through the API. Call it when all accepted jobs should be over. Answers
 * with every breach; `recordChanges` must have been called before the first job, or it throws. I6 has no part in it: its
 * record is with the receivers. I8 is these same rules after Redis was emptied.
 */
export async function judge(sql: Sql, history: History): Promise<Breach[]> {
  await sql`CREATE TEMP TABLE IF NOT EXISTS accepted (job_id text COLLATE "C" PRIMARY KEY)`;
  await sql`TRUNCATE accepted`;
  await sql`INSERT INTO accepted SELECT DISTINCT unnest(${history.accepted.map((one) => one.jobId)}::text[])`;
  await sql`ANALYZE accepted`;
  const breaches = judgeClients(history);
  for (const { invariant, what, found } of rules(sql)) {
    const rows = await sql<{ job_id: string }[]>`SELECT DISTINCT job_id FROM (${found}) AS found ORDER BY job_id`;
    breaches.push(...rows.map((row) => ({ invariant, what, jobId: row.job_id })));
  }
  return breaches;
}

/** A connection of its own that `judge` needs, since it keeps the accepted ids in a temporary table. */
export const judgeConnection = { max: 1, onnotice: () => {} };

interface Rule {
  invariant: Breach['invariant'];
  what: string;
  /** SQL that selects the `job_id` of those who break it. */
  found: Fragment;
}

function rules(sql: Sql): Rule[] {
  return [...presence(sql), ...ends(sql), ...starts(sql)];
}

function presence(sql: Sql): Rule[] {
  return [
    {
      invariant: 'I2',
      what: 'accepted and gone',
      found: sql`SELECT job_id FROM accepted a WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = a.job_id)`,
    },
    {
      invariant: 'I2',
      what: 'its input is gone',
      found: sql`SELECT id AS job_id FROM jobs j WHERE NOT EXISTS (SELECT FROM job_inputs i WHERE i.job_id = j.id)`,
    },
    {
      invariant: 'I1',
      what: 'has no final state',
      found: sql`SELECT j.id AS job_id FROM jobs j JOIN accepted a ON a.job_id = j.id
        WHERE j.state NOT IN ('completed', 'failed', 'cancelled') OR j.finished_at IS NULL`,
    },
  ];
}

function ends(sql: Sql): Rule[] {
  return [
    {
      invariant: 'I1',
      what: 'a run has not exactly one final state',
      found: sql`SELECT c.job_id FROM job_changes c JOIN jobs j ON j.id = c.job_id
        GROUP BY c.job_id, c.run, j.run, j.finished_at
        HAVING count(*) FILTER (WHERE is_final) <> 1 AND (c.run < j.run OR j.finished_at IS NOT NULL)`,
    },
    {
      invariant: 'I4',
      what: 'written after the end of its run',
      found: sql`SELECT c.job_id FROM job_changes c JOIN job_changes over ON over.job_id = c.job_id
        AND over.run = c.run AND over.is_final AND over.seq < c.seq`,
    },
    {
      invariant: 'I4',
      what: 'an older run was written after a newer one began',
      found: sql`SELECT job_id FROM (SELECT job_id, run, lag(run) OVER of_job AS before FROM job_changes
        WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c WHERE run < before`,
    },
    {
      invariant: 'I4',
      what: 'completed without one output, or not completed with one',
      found: sql`SELECT j.id AS job_id FROM jobs j LEFT JOIN job_outputs o ON o.job_id = j.id
        GROUP BY j.id, j.state HAVING count(o.job_id) <> CASE WHEN j.state = 'completed' THEN 1 ELSE 0 END`,
    },
    {
      invariant: 'I7',
      what: 'its version did not rise at a change of state',
      found: sql`SELECT job_id FROM (SELECT job_id, version, lag(version) OVER of_job AS before,
          (state, run) IS DISTINCT FROM (lag(state) OVER of_job, lag(run) OVER of_job) AS moved
          FROM job_changes WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c
        WHERE version < before OR (moved AND version = before)`,
    },
  ];
}

function starts(sql: Sql): Rule[] {
  // A delivery's claim is made once, so every start shows as a claim of its own.
  const started = sql`SELECT DISTINCT job_id, run, ticket, claim FROM job_changes WHERE state = 'running'`;
  return [
    {
      invariant: 'I5',
      what: 'one ticket was started twice',
      found: sql`SELECT job_id FROM (${started}) AS s GROUP BY job_id, ticket HAVING count(*) > 1`,
    },
    {
      invariant: 'I5',
      what: 'one ticket has two attempts in the history',
      found: sql`SELECT job_id FROM job_attempts GROUP BY job_id, ticket HAVING count(*) > 1`,
    },
    {
      invariant: 'I5',
      what: 'its ticket went back',
      found: sql`SELECT job_id FROM (SELECT job_id, ticket, lag(ticket) OVER of_job AS before FROM job_changes
        WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c WHERE ticket < before`,
    },
    {
      invariant: 'I5',
      what: 'more starts than tries and hand-backs',
      found: sql`SELECT s.job_id FROM (${started}) AS s JOIN jobs j ON j.id = s.job_id AND j.run = s.run
        GROUP BY s.job_id, j.tries, j.hand_backs HAVING count(*) > j.tries + j.hand_backs`,
    },
    {
      invariant: 'I5',
      what: 'more tries than it may have',
      found: sql`SELECT id AS job_id FROM jobs WHERE tries > max_attempts`,
    },
  ];
}

function judgeClients({ accepted, polls }: History): Breach[] {
  const breaches: Breach[] = [];
  const jobOfKey = new Map<string, string>();
  for (const { jobId, key } of accepted) {
    if (key === undefined) continue;
    if ((jobOfKey.get(key) ?? jobId) !== jobId) breaches.push({ invariant: 'I3', what: 'one key, two jobs', jobId });
    jobOfKey.set(key, jobId);
  }
  const newest = new Map<string, number>();
  for (const { jobId, version } of polls) {
    const known = newest.get(jobId) ?? 0;
    if (version < known) breaches.push({ invariant: 'I7', what: 'a poll saw an older version', jobId });
    newest.set(jobId, Math.max(known, version));
  }
  return breaches;
}
