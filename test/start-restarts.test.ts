import { expect, test } from 'vitest';
import { eventually } from './support/eventually.ts';
import { newDataDir, startCommand } from './support/start-command.ts';

test('whatever is killed under a running command, process or store, is started again', async () => {
  const command = startCommand({ dataDir: newDataDir() });
  const before = await command.ready();
  const [, ticket = ''] = await command.says(/ticket +(job_\w+)/);
  await command.says(/completed/);
  for (const part of ['redis', 'postgres', 'worker', 'api', 'board'] as const) {
    process.kill(before.pids[part][0] ?? 0, 'SIGKILL');
  }
  await eventually(
    async () => {
      const { pids, api, key } = command.run();
      for (const part of ['redis', 'postgres', 'worker', 'api', 'board'] as const) {
        expect(pids[part]).toHaveLength(1);
        expect(pids[part]).not.toEqual(before.pids[part]);
      }
      const answer = await fetch(`${api}/v1/jobs/${ticket}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(await answer.json()).toMatchObject({ state: 'completed' });
    },
    { withinMs: 60_000 },
  );
  command.kill('SIGTERM');
  expect(await command.exited).toBe(0);
}, 120_000);
