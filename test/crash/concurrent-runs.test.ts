import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { openFleet } from '../support/apps/fleet.ts';
import { testKey } from '../support/apps/start-turno.ts';

/** The most that ran at once by the database's own clock, from each claim to its end. */
const mostAtOnce = `
  WITH runs AS (
    SELECT started_at, finished_at FROM jobs WHERE started_at IS NOT NULL
    UNION ALL SELECT started_at, finished_at FROM job_attempts
  ), events AS (
    SELECT started_at AS at, 1 AS change FROM runs UNION ALL SELECT finished_at, -1 FROM runs
  )
  SELECT max(at_once)::int AS most FROM (SELECT sum(change) OVER (ORDER BY at, change) AS at_once FROM events) AS steps`;

test('A tenant never has more jobs running at once than its plan says, whichever processes take and run them', async () => {
  const fleet = await openFleet();
  await fleet.sql`INSERT INTO plans (name) VALUES ('narrow')`;
  await fleet.sql`INSERT INTO tenants (id, name, plan) VALUES ('ten_first', 'first', 'narrow')`;
  const early = await fleet.startApi();
  const soon = { delaySeconds: 0.1 }; // what has to wait for its time is in no other place than the backlog then
  for (let job = 0; job < 20; job += 1) expect((await fleet.submit(early, 'test.noop', {}, soon)).status).toBe(202);
  await fleet.sql`UPDATE plans SET concurrent_runs_max = 3 WHERE name = 'narrow'`;
  const [first, second] = await Promise.all([fleet.startApi(), fleet.startApi()]);
  await Promise.all([fleet.startWorker({ IO_CONCURRENCY: '20' }), fleet.startWorker({ IO_CONCURRENCY: '20' })]);
  const works = [
    () => ['test.noop', {}, {}] as const,
    () => ['test.wait', { ms: randomInt(60) }, { priority: randomInt(5) }] as const,
    () => ['test.flaky', { failures: randomInt(3) }, { backoff: [0.1] }] as const,
    () => ['test.noop', {}, { delaySeconds: Math.random() }] as const,
  ];
  const submits = Array.from({ length: 100 }, async (_, index) => {
    const [kind, input, options] = works[index % works.length]?.() ?? ['test.noop', {}, {}];
    expect((await fleet.submit(index % 3 ? first : second, kind, input, options)).status).toBe(202);
  });
  await Promise.all(submits);
  // Cancelled and run again: a retried job waits like a new one.
  for (const { jobId } of fleet.history.accepted.slice(-10)) {
    for (const call of ['cancel', 'retry']) {
      await fetch(`${first.addresses['api']}/v1/jobs/${jobId}/${call}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${testKey}` },
      });
    }
  }
  expect(await fleet.verdict(first)).toEqual([]);
  const [seen] = await fleet.sql.unsafe<{ most: number }[]>(mostAtOnce);
  expect(seen?.most).toBe(3);
});
