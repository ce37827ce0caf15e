import { expect, test } from 'vitest';
import { descendantsOf, expectAllGone, remember } from '../support/apps/process-tree.ts';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';

const limitMs = 400_000;

test(
  'A start right after a kill -9 ends the processes of the previous start and no others',
  async () => {
    const first = startCommand({ dataDir: newDataDir() });
    await first.ready();
    const tree = remember([first.pid, ...descendantsOf(first.pid)]);
    first.kill('SIGKILL');
    const next = startCommand({ dataDir: first.dataDir });
    const run = await next.ready();
    await expectAllGone(tree);
    expect((await fetch(`${run.api}/readyz`)).status).toBe(200);
    next.kill('SIGTERM');
    expect(await next.exited).toBe(0);
  },
  limitMs,
);

test(
  'A second Ctrl-C kills the processes and still leaves none running',
  async () => {
    const dataDir = newDataDir();
    const command = startCommand({ dataDir, settings: { SHUTDOWN_GRACE_SECONDS: '600' } });
    const { api, key, pids } = await command.ready();
    const tree = remember([command.pid, ...descendantsOf(command.pid)]);
    // A frozen worker would use its whole grace.
    process.kill(pids.worker[0] ?? 0, 'SIGSTOP');
    expect((await fetch(`${api}/v1/kinds`, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
    const again = setInterval(() => command.kill('SIGINT'), 500);
    await command.exited;
    clearInterval(again);
    await expectAllGone(tree);
  },
  limitMs,
);
