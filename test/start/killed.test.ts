import { expect, test } from 'vitest';
import { descendantsOf, expectAllGone, processesNaming, remember } from '../support/apps/process-tree.ts';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';

const limitMs = 400_000;

test(
  'A kill -9 of npm start leaves no process running, and the next start on its folder works',
  async () => {
    const dataDir = newDataDir();
    const first = startCommand({ dataDir, settings: { API_PROCESSES: '2' } });
    const { pids } = await first.ready();
    const tree = remember([first.pid, ...descendantsOf(first.pid)]);
    expect(pids.api.filter((pid) => tree.has(pid))).toHaveLength(3);
    first.kill('SIGKILL');
    await expectAllGone(tree);
    expect(processesNaming(dataDir)).toEqual([]);

    const next = startCommand({ dataDir });
    await next.ready();
    next.kill('SIGKILL');
  },
  limitMs,
);

test(
  'A kill -9 of the npm above leaves no process running',
  async () => {
    const dataDir = newDataDir();
    const command = startCommand({ dataDir, byNpm: true });
    await command.ready();
    const tree = remember([command.pid, ...descendantsOf(command.pid)]);
    command.kill('SIGKILL');
    await expectAllGone(tree);
    expect(processesNaming(dataDir)).toEqual([]);
  },
  limitMs,
);
