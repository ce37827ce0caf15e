import type { Check } from './check.ts';

/**
 * What must hold for the starts of handlers and the ends that workers logged, once the backlog has drained. A claim
 * does not wait for the disk, so that a killed Postgres may lose the claims of its last moments: starts around such a
 * kill (`kills`) are not compared with the attempts that Postgres knows.
 */
export const fleetChecks: readonly Check[] = [
  {
    invariant: 'I2',
    what: 'accepted and answered 404 to a poll',
    query: `SELECT DISTINCT id FROM seen WHERE state = 'missing'`,
  },
  {
    invariant: 'I1',
    what: 'not accepted, in Postgres and not final',
    query: `SELECT id FROM jobs j WHERE NOT EXISTS (SELECT FROM submits s WHERE s.id = j.id)
      AND (state NOT IN ('completed', 'failed', 'cancelled') OR finished_at IS NULL)`,
  },
  {
    invariant: 'I3',
    what: 'one key, several jobs in Postgres',
    query: `SELECT tag FROM jobs, unnest(tags) AS tag GROUP BY tag HAVING count(*) > 1`,
  },
  {
    invariant: 'I3',
    what: 'refused for good, and there all the same',
    query: `SELECT j.id FROM refused r JOIN jobs j ON j.tags = ARRAY[r.key]
      WHERE r.status <> 503 AND NOT EXISTS (SELECT FROM submits a WHERE a.key = r.key)`,
  },
  {
    invariant: 'I4',
    what: 'the output of another job',
    query: `SELECT j.id FROM jobs j JOIN job_outputs o ON o.job_id = j.id JOIN job_inputs i ON i.job_id = j.id
      WHERE j.kind IN ('test.noop', 'test.noted') AND o.output->>'value' IS DISTINCT FROM i.input->>'value'`,
  },
  {
    invariant: 'I4',
    what: 'completed twice: doubled',
    query: `SELECT "jobId" AS id FROM ends WHERE "to" = 'completed' GROUP BY "jobId" HAVING count(*) > 1`,
  },
  {
    invariant: 'I4',
    what: 'a ticket ended twice: doubled',
    query: `SELECT DISTINCT "jobId" AS id FROM ends GROUP BY "jobId", ticket HAVING count(*) > 1`,
  },
  {
    invariant: 'I4',
    what: 'a run with two final attempts: doubled',
    query: `SELECT j.id FROM jobs j JOIN job_attempts a ON a.job_id = j.id
      WHERE a.outcome = 'completed' OR (a.outcome IN ('failed', 'cancelled') AND a.run = j.run)
      UNION SELECT job_id FROM job_attempts WHERE outcome IN ('failed', 'cancelled')
        GROUP BY job_id, run HAVING count(*) > 1`,
  },
  {
    invariant: 'I4',
    what: 'another final state or version than a poll had shown for this run',
    query: `SELECT DISTINCT s.id FROM seen s JOIN jobs j ON j.id = s.id AND j.run = s.run
      WHERE s.state IN ('completed', 'failed', 'cancelled') AND (j.state <> s.state OR j.version <> s.version)`,
  },
  {
    invariant: 'I4',
    what: 'a cancel or retry that was answered with success and did not hold',
    query: `SELECT c.id FROM changes c JOIN jobs j ON j.id = c.id
      WHERE c.status < 300 AND ((c.type = 'cancelled' AND j.run = c.run AND j.state <> 'cancelled')
        OR (c.type = 'retried' AND j.run < c.run))`,
  },
  {
    invariant: 'I5',
    what: 'a handler started more often than there were attempts',
    query: `SELECT j.id FROM jobs j JOIN (SELECT "jobId", count(*) AS times FROM starts st
        WHERE NOT EXISTS (SELECT FROM kills k WHERE st.at BETWEEN k.at - 1000 AND k.at + 500) GROUP BY 1) s ON s."jobId" = j.id
      WHERE s.times > (SELECT count(*) FROM job_attempts a WHERE a.job_id = j.id)
        + CASE WHEN j.tries > 0 AND NOT EXISTS (SELECT FROM job_attempts a WHERE a.job_id = j.id AND a.run = j.run
          AND a.number = j.tries AND a.outcome <> 'handed-back') THEN 1 ELSE 0 END`,
  },
  {
    invariant: 'I5',
    what: 'an attempt without an end in its history',
    query: `SELECT id FROM (SELECT j.id, j.tries, (SELECT count(DISTINCT a.number) FROM job_attempts a
        WHERE a.job_id = j.id AND a.run = j.run AND a.outcome <> 'handed-back') AS known FROM jobs j) AS t
      WHERE known < tries - 1`,
  },
  {
    invariant: 'I7',
    what: 'a poll saw a newer version than Postgres has',
    query: `SELECT s.id FROM seen s JOIN jobs j ON j.id = s.id WHERE s.version > j.version`,
  },
  {
    invariant: 'end',
    what: 'failed, or completed, against what was to be expected',
    query: `SELECT j.id FROM jobs j JOIN submits a ON a.id = j.id
      WHERE (a."failsWith" IS NULL AND j.state = 'failed' AND j.error->>'code' <> 'worker-lost')
        OR (a."failsWith" IS NOT NULL AND (j.state = 'completed'
          OR (j.state = 'failed' AND j.error->>'code' NOT IN (a."failsWith", 'worker-lost'))))`,
  },
];
