import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { startTurno } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';

test.skipIf(process.platform !== 'linux')(
  'A CPU handler finds no secrets in the environment of its worker in /proc',
  async () => {
    const turno = await startTurno({ KINDS_DIR: testKindsDir });
    const job = await run(turno, 'test.environment', {});
    expect(job).toMatchObject({ state: 'completed' });
    const { parent } = job.output as { parent: string };
    // A worker that is root makes its handlers another user; any other one they may look at, but there is nothing to
    // see.
    if (process.getuid?.() === 0) expect(parent).toBe('closed');
    const shown = readFileSync(`/proc/${turno.workerApp.pid}/environ`, 'utf8');
    expect(shown).toContain('PATH=');
    const { databaseUrl, redisUrl } = await stores();
    for (const secret of [turno.key, databaseUrl, redisUrl, 'a secret of at least']) {
      expect(shown + parent).not.toContain(secret);
    }
  },
);
