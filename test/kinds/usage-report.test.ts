import { expect, test } from 'vitest';
import { run } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno } from '../support/apps/start-turno.ts';

test('report.usage counts the jobs of a range by day and kind', async () => {
  const turno = await startTurno({ WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir });
  for (let index = 0; index < 3; index += 1) await run(turno, 'test.noop', { value: index });
  await run(turno, 'test.flaky', { failures: 9, permanent: true });
  const from = new Date(Date.now() - 86_400_000).toISOString();
  const to = new Date(Date.now() + 86_400_000).toISOString();
  const job = await run(turno, 'report.usage', { from, to });
  expect(job.error).toBeNull();
  // Without a range: the last 30 days with today.
  expect((await run(turno, 'report.usage', {})).output).toMatchObject({ submitted: 6, failed: 1 });
  const { csv } = job.output as { csv: string };
  const [header, ...lines] = csv.trim().split(/\r?\n/);
  expect(header?.split(',').slice(0, 6)).toEqual(['day', 'kind', 'submitted', 'completed', 'failed', 'cancelled']);
  // Over all days: midnight may come in between.
  const countsOf = (wanted: string) =>
    lines
      .map((line) => line.split(',').slice(1, 6))
      .filter(([kind]) => kind === wanted)
      .reduce((sums, [, ...counts]) => sums.map((sum, at) => sum + Number(counts[at])), [0, 0, 0, 0]);
  expect(countsOf('test.noop')).toEqual([3, 3, 0, 0]);
  expect(countsOf('test.flaky')).toEqual([1, 0, 1, 0]);
});
