import { expect, test } from 'vitest';
import { descendantsOf, expectAllGone, remember } from '../support/apps/process-tree.ts';
import { newDataDir, type RunFile, startCommand } from '../support/apps/start-command.ts';

const limitMs = 400_000;

async function revokeFirstKey({ api, key }: RunFile): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: 'second', scopes: ['admin'] });
  expect((await fetch(`${api}/v1/keys`, { method: 'POST', headers, body })).status).toBe(201);
  const [, , id = ''] = key.split('_');
  expect((await fetch(`${api}/v1/keys/key_${id}`, { method: 'DELETE', headers })).status).toBe(204);
}

test(
  'A start right after a kill -9 ends the processes of the previous start, and prints how to replace a revoked first key',
  async () => {
    const first = startCommand({ dataDir: newDataDir() });
    await revokeFirstKey(await first.ready());
    const tree = remember([first.pid, ...descendantsOf(first.pid)]);
    first.kill('SIGKILL');
    const next = startCommand({ dataDir: first.dataDir });
    const run = await next.ready();
    await expectAllGone(tree);
    expect((await fetch(`${run.api}/readyz`)).status).toBe(200);
    await next.says(/Ctrl-C stops/);
    expect(next.output()).toMatch(
      `API key   the first key was revoked: use another key, or delete ${first.dataDir}/key and`,
    );
    // No sample job ended in "unauthorized".
    for (const text of [run.key, /[Ss]ample job|unauthorized/]) expect(next.output()).not.toMatch(text);
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
