import type { Check } from './check.ts';

/** What must hold for the answers that clients got, once all accepted jobs are over. */
export const clientChecks: readonly Check[] = [
  {
    invariant: 'I2',
    what: 'accepted and gone',
    query: `SELECT s.id FROM submits s WHERE NOT EXISTS (SELECT FROM jobs j WHERE j.id = s.id)`,
  },
  {
    invariant: 'I1',
    what: 'has no final state',
    query: `SELECT j.id FROM jobs j JOIN submits s ON s.id = j.id
      WHERE j.state NOT IN ('completed', 'failed', 'cancelled') OR j.finished_at IS NULL`,
  },
  {
    invariant: 'I3',
    what: 'one key, two jobs',
    query: `SELECT id FROM (SELECT id, first_value(id) OVER (PARTITION BY key ORDER BY n) AS first FROM submits
      WHERE key IS NOT NULL) AS s WHERE id <> first`,
  },
  {
    invariant: 'I7',
    what: 'a poll saw an older version',
    query: `SELECT id FROM (SELECT id, version, lag(version) OVER (PARTITION BY id ORDER BY n) AS before FROM seen) AS s
      WHERE version < before`,
  },
];
