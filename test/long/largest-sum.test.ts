import { expect, test } from 'vitest';
import { final, submit } from '../support/jobs.ts';
import { startTurno } from '../support/apps/start-turno.ts';

test('math.sum-of-squares adds up the largest n in a CPU child, exactly and with progress', async () => {
  const turno = await startTurno();
  const submitted = await submit(turno, 'math.sum-of-squares', { n: 1_000_000_000 }, { timeoutSeconds: 400 });
  const job = await final(turno, submitted, 450_000);
  // Σ i² for i < n has the closed form (n−1)·n·(2n−1)/6.
  expect(job).toMatchObject({ state: 'completed', output: { sum: '333333332833333333500000000' } });
  expect(job.progress).toMatchObject({ percent: 100 });
});
