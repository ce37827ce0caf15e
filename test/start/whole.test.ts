import { statSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { descendantsOf, expectAllGone, processesNaming, remember } from '../support/apps/process-tree.ts';
import { newDataDir, startCommand } from '../support/apps/start-command.ts';

const limitMs = 400_000;

test(
  'npm start runs a sample job from its id to its result, Ctrl-C leaves no process running, and the next start has the state',
  async () => {
    const dataDir = newDataDir();
    const first = startCommand({ dataDir, byNpm: true });
    const run = await first.ready();
    const [, jobId = ''] = await first.says(/job id +(job_\w+)/);
    await first.says(/completed +\{"sum":"\d+"\}/);
    await first.says(/curl -H 'Authorization: Bearer \S+' http\S+/);
    expect(statSync(path.join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(dataDir, 'key')).mode & 0o777).toBe(0o600);
    expect(Object.values(run.pids).map((pids) => pids.length)).toEqual([1, 1, 1, 1, 1, 1]);
    const tree = remember([first.pid, ...descendantsOf(first.pid)]);
    // A terminal sends Ctrl-C to npm and to what it started alike.
    process.kill(-first.pid, 'SIGINT');
    await first.exited;
    await expectAllGone(tree);
    expect(processesNaming(dataDir)).toEqual([]);
    expect(() => first.run()).toThrow('ENOENT');

    const second = startCommand({ dataDir });
    const { api, key } = await second.ready();
    expect(key).toBe(run.key);
    const answer = await fetch(`${api}/v1/jobs/${jobId}`, { headers: { authorization: `Bearer ${key}` } });
    expect(await answer.json()).toMatchObject({ id: jobId, state: 'completed' });
    second.kill('SIGTERM');
    expect(await second.exited).toBe(0);
  },
  limitMs,
);
