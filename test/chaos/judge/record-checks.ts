import type { Check } from './check.ts';

/** A claim belongs to one delivery of a ticket, so that every start has a claim of its own. */
const started = `SELECT DISTINCT job_id, run, ticket, claim FROM job_changes WHERE state = 'running'`;

/** What must hold by Postgres' own record of every change, see `recordChanges`, once all accepted jobs are over. */
export const recordChecks: readonly Check[] = [
  {
    invariant: 'I2',
    what: 'its input is gone',
    query: `SELECT id AS job_id FROM jobs j WHERE NOT EXISTS (SELECT FROM job_inputs i WHERE i.job_id = j.id)`,
  },
  {
    invariant: 'I1',
    what: 'a run has not exactly one final state',
    query: `SELECT c.job_id FROM job_changes c JOIN jobs j ON j.id = c.job_id
      GROUP BY c.job_id, c.run, j.run, j.finished_at
      HAVING count(*) FILTER (WHERE is_final) <> 1 AND (c.run < j.run OR j.finished_at IS NOT NULL)`,
  },
  {
    invariant: 'I4',
    what: 'written after the end of its run',
    query: `SELECT c.job_id FROM job_changes c JOIN job_changes over ON over.job_id = c.job_id
      AND over.run = c.run AND over.is_final AND over.seq < c.seq`,
  },
  {
    invariant: 'I4',
    what: 'an older run was written after a newer one began',
    query: `SELECT job_id FROM (SELECT job_id, run, lag(run) OVER of_job AS before FROM job_changes
      WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c WHERE run < before`,
  },
  {
    invariant: 'I4',
    what: 'completed without one output, or not completed with one',
    query: `SELECT j.id AS job_id FROM jobs j LEFT JOIN job_outputs o ON o.job_id = j.id
      GROUP BY j.id, j.state HAVING count(o.job_id) <> CASE WHEN j.state = 'completed' THEN 1 ELSE 0 END`,
  },
  {
    invariant: 'I7',
    what: 'its version did not rise at a change of state',
    query: `SELECT job_id FROM (SELECT job_id, version, lag(version) OVER of_job AS before,
        (state, run) IS DISTINCT FROM (lag(state) OVER of_job, lag(run) OVER of_job) AS moved
        FROM job_changes WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c
      WHERE version < before OR (moved AND version = before)`,
  },
  {
    invariant: 'I5',
    what: 'one ticket was started twice',
    query: `SELECT job_id FROM (${started}) AS s GROUP BY job_id, ticket HAVING count(*) > 1`,
  },
  {
    invariant: 'I5',
    what: 'one ticket has two attempts in the history',
    query: `SELECT job_id FROM job_attempts GROUP BY job_id, ticket HAVING count(*) > 1`,
  },
  {
    invariant: 'I5',
    what: 'its ticket went back',
    query: `SELECT job_id FROM (SELECT job_id, ticket, lag(ticket) OVER of_job AS before FROM job_changes
      WINDOW of_job AS (PARTITION BY job_id ORDER BY seq)) AS c WHERE ticket < before`,
  },
  {
    invariant: 'I5',
    what: 'more starts than tries and hand-backs',
    query: `SELECT s.job_id FROM (${started}) AS s JOIN jobs j ON j.id = s.job_id AND j.run = s.run
      GROUP BY s.job_id, j.tries, j.hand_backs HAVING count(*) > j.tries + j.hand_backs`,
  },
  {
    invariant: 'I5',
    what: 'more tries than it may have',
    query: `SELECT id AS job_id FROM jobs WHERE tries > max_attempts`,
  },
];
