import type { Check } from './check.ts';

/** Every end of a run, by Postgres' own record of every change. */
const ends = `(SELECT DISTINCT job_id, run, 'job.' || state AS event FROM job_changes WHERE is_final)`;

/** After so many tries a delivery is exhausted; the fleet's schedule is as long as the shipped one. */
const triesMax = 10;

const check = (what: string, query: string): Check => ({ invariant: 'I6', what, query });

/**
 * I6, from what the receiver wrote down, the ends of runs, and the deliveries in Postgres. All of them must be over.
 */
export const webhookChecks: readonly Check[] = [
  check(
    'an end that the endpoint is not told: lost',
    `SELECT e.job_id AS id FROM ${ends} e, endpoints p WHERE NOT p.one_off AND e.event = ANY (p.events) AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.job_id = e.job_id AND d.run = e.run AND d.event = e.event AND d.endpoint_id = p.id)`,
  ),
  check(
    'an end that the job’s own URL is not told: lost',
    `SELECT e.job_id AS id FROM ${ends} e JOIN submits s ON s.id = e.job_id WHERE e.event = ANY (s.own) AND NOT EXISTS (
      SELECT FROM deliveries d WHERE d.job_id = e.job_id AND d.run = e.run AND d.event = e.event AND d.own_url <> '')`,
  ),
  check(
    'delivered, and never taken by the receiver: lost',
    `SELECT d.job_id AS id FROM deliveries d WHERE state = 'delivered'
      AND NOT EXISTS (SELECT FROM hooks h WHERE h.id = d.id AND h.status BETWEEN 200 AND 299)`,
  ),
  check(
    'neither delivered nor exhausted',
    `SELECT job_id AS id FROM deliveries WHERE state NOT IN ('delivered', 'exhausted')`,
  ),
  check(
    'exhausted before its tries were used up',
    `SELECT d.job_id AS id FROM deliveries d WHERE state = 'exhausted' AND (reason <> 'tries' OR tries <> ${triesMax}
      OR (SELECT count(*) FROM delivery_attempts a WHERE a.delivery_id = d.id) < ${triesMax})`,
  ),
  check(
    'one end, one receiver, several deliveries: doubled',
    `SELECT job_id AS id FROM deliveries GROUP BY job_id, run, endpoint_id, own_url, event HAVING count(*) > 1
      UNION SELECT job FROM hooks GROUP BY job, run, own, event HAVING count(DISTINCT id) > 1`,
  ),
  check(
    'a delivery of an end that was none',
    `SELECT d.job_id AS id FROM deliveries d LEFT JOIN ${ends} e ON e.job_id = d.job_id AND e.run = d.run AND e.event = d.event
      WHERE e.job_id IS NULL`,
  ),
  check(
    'a receiver was told what no delivery says',
    `SELECT h.job AS id FROM hooks h LEFT JOIN deliveries d ON d.id = h.id AND d.job_id = h.job AND d.run = h.run
        AND d.event = h.event AND (d.own_url = '') = (h.own = '')
      LEFT JOIN jobs j ON j.id = h.job
      WHERE d.id IS NULL OR (h.own <> '' AND j.tags <> ARRAY[h.own])`,
  ),
  check(
    'a body that changed between tries',
    `SELECT min(job) AS id FROM hooks GROUP BY id HAVING count(DISTINCT hash) > 1`,
  ),
  check('a signature that does not verify', `SELECT DISTINCT job AS id FROM hooks WHERE NOT verified`),
];
