import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { parentOf } from '../support/apps/process-tree.ts';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';

test('Each app, store and supervisor that is killed under a running npm start is started again', async () => {
  const command = startCommand({ dataDir: newDataDir() });
  const before = await command.ready();
  const [, ticket = ''] = await command.says(/job id +(job_\w+)/);
  await command.says(/completed/);
  const killed = [parentOf(before.pids.postgres[0] ?? 0)];
  for (const part of ['redis', 'worker', 'api', 'board'] as const) killed.push(before.pids[part][0] ?? 0);
  for (const pid of killed) process.kill(pid, 'SIGKILL');
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
    { withinMs: 180_000 },
  );
  command.kill('SIGTERM');
  expect(await command.exited).toBe(0);
}, 400_000);
