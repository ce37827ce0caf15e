import { statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { descendantsOf, expectAllGone, parentOf, processesNaming, remember } from '../support/apps/process-tree.ts';
import { newDataDir, type RunFile, startCommand, type StartCommand } from '../support/apps/start-command.ts';

// One folder, started twice: a start of the whole service costs more than all that these tests do with it.
const limitMs = 400_000;
let dataDir: string;
let command: StartCommand;
let firstRun: RunFile;
let sampleJob = '';
beforeAll(() => {
  dataDir = newDataDir();
});

async function readSampleJob(): Promise<unknown> {
  const { api, key } = command.run();
  const answer = await fetch(`${api}/v1/jobs/${sampleJob}`, { headers: { authorization: `Bearer ${key}` } });
  return answer.json();
}

test(
  'npm start runs a sample job from its id to its result, and only its owner can read the key',
  async () => {
    command = startCommand({ dataDir, byNpm: true, settings: { REDIS_PREFIXX: 'a', API_PROCESSES: '2' } });
    firstRun = await command.ready();
    [, sampleJob = ''] = await command.says(/job id +(job_\w+)/);
    await command.says(/completed +\{"sum":"\d+"\}/);
    await command.says(/curl -H 'Authorization: Bearer \S+' http\S+/);
    await command.says(new RegExp(`docs +${firstRun.api}/docs`));
    expect(statSync(path.join(dataDir, 'run.json')).mode & 0o777).toBe(0o600);
    expect(statSync(path.join(dataDir, 'key')).mode & 0o777).toBe(0o600);
    expect(Object.values(firstRun.pids).map((pids) => pids.length)).toEqual([3, 1, 1, 1, 1, 1]);
  },
  limitMs,
);

test('npm start prints one line about a misspelled name', () => {
  expect(command.output().match(/^.*REDIS_PREFIXX.*$/gm)).toEqual([
    expect.stringMatching(/REDIS_PREFIXX .*REDIS_PREFIX meant/),
  ]);
});

test('A second start on the same folder is rejected in one line while the first one goes on', async () => {
  const second = startCommand({ dataDir });
  expect(await second.exited).toBe(1);
  expect(second.output()).toMatch(
    new RegExp(
      `^Turno already runs in ${dataDir} \\(process \\d+\\): stop it first, or set DATA_DIR and the ports to others.\n$`,
    ),
  );
  expect((await fetch(`${firstRun.api}/livez`)).status).toBe(200);
});

test(
  'A kill -9 of the npm above npm start leaves no process running',
  async () => {
    const tree = remember([command.pid, ...descendantsOf(command.pid)]);
    command.kill('SIGKILL');
    await expectAllGone(tree);
    expect(processesNaming(dataDir)).toEqual([]);
  },
  limitMs,
);

test(
  'A start after a kill -9 has the key and the jobs of the start before',
  async () => {
    command = startCommand({ dataDir });
    const { key } = await command.ready();
    expect(key).toBe(firstRun.key);
    expect(await readSampleJob()).toMatchObject({ id: sampleJob, state: 'completed' });
  },
  limitMs,
);

test(
  'Each app, store and supervisor that is killed under a running npm start is started again, and its end and its return are printed',
  async () => {
    const { pids: before } = command.run();
    const killed = [parentOf(before.postgres[0] ?? 0)];
    for (const part of ['redis', 'worker', 'api', 'board'] as const) killed.push(before[part][0] ?? 0);
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await eventually(
      async () => {
        const { pids } = command.run();
        for (const part of ['redis', 'postgres', 'worker', 'api', 'board'] as const) {
          expect(pids[part]).toHaveLength(before[part].length);
          expect(pids[part].filter((pid) => before[part].includes(pid))).toEqual([]);
        }
        expect(await readSampleJob()).toMatchObject({ state: 'completed' });
      },
      { withinMs: 180_000 },
    );
    for (const store of ['postgres', 'redis']) {
      const lines = `^${store}: ended \\(.+\\); it is started again$[^]*^${store}: accepts connections again$`;
      await command.says(new RegExp(lines, 'm'));
    }
    for (const app of ['worker', 'api', 'board']) {
      const lines = `^${app}: ended \\(SIGKILL\\); restart in .* s$[^]*^${app}: ready again$`;
      await command.says(new RegExp(lines, 'm'));
    }
  },
  limitMs,
);

test('Ctrl-C leaves no process running, and no run.json', async () => {
  const tree = remember([command.pid, ...descendantsOf(command.pid)]);
  // A terminal sends Ctrl-C to the command and to what it started alike.
  process.kill(-command.pid, 'SIGINT');
  await command.exited;
  await expectAllGone(tree);
  expect(processesNaming(dataDir)).toEqual([]);
  expect(() => command.run()).toThrow('ENOENT');
});
