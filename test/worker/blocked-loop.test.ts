import { expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { final, run, submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings } from '../support/apps/start-turno.ts';

const settings = {
  KINDS_DIR: testKindsDir,
  WORKER_QUEUES: 'io',
  ...withConstants({
    execution: { loopBlockedMsMax: 2_000 },
    maintenance: { leaseMs: 4_000, renewLeaseEveryMs: 500, rescueEveryMs: 500 },
  }),
};

test('A handler that blocks the event loop ends its worker, and its job runs elsewhere', async () => {
  const turno = await startTurno(settings);
  const job = await submit(turno, 'test.block', { ms: 600_000 });
  expect(await turno.workerApp.exited).toBe('SIGVTALRM');
  expect(turno.workerApp.log()).toContainEqual(
    expect.objectContaining({ level: 60, msg: expect.stringContaining('blocked the event loop') as string }),
  );
  await startApp('worker', await testSettings(settings));
  expect(await final(turno, job)).toMatchObject({ state: 'completed', output: { attempt: 2 } });
  // A short block is nobody's business.
  expect(await run(turno, 'test.block', { ms: 500 })).toMatchObject({ state: 'completed', output: { attempt: 1 } });
});
