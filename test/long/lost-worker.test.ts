import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { show, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { makeLatch } from '../support/latch.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings } from '../support/apps/start-turno.ts';

test('With the shipped lease, the job of a killed worker is run again by another worker', async () => {
  const turno = await startTurno({ KINDS_DIR: testKindsDir });
  const { until, lift } = makeLatch();
  const job = await submit(turno, 'test.wait', { until });
  await eventually(async () => (await show(turno, job)).state === 'running');
  turno.workerApp.kill('SIGKILL');
  await turno.workerApp.exited;
  lift();
  await startApp('worker', await testSettings({ KINDS_DIR: testKindsDir }));
  const ended = await eventually(
    async () => {
      const seen = await show(turno, job);
      return seen.state === 'completed' && seen;
    },
    { withinMs: 240_000 },
  );
  expect(ended).toMatchObject({ attempt: 2, attempts: [{ outcome: 'worker-lost' }, { outcome: 'completed' }] });
});
