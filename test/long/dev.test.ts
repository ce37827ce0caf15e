import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { copyProject } from '../support/apps/copy-project.ts';
import { eventually } from '../support/eventually.ts';
import { descendantsOf, expectAllGone, processesNaming, remember } from '../support/apps/process-tree.ts';
import { root } from '../support/root.ts';
import { newDataDir, startCommand, type StartCommand } from '../support/apps/start-command.ts';

function change(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  expect(text).toContain(from);
  writeFileSync(file, text.replace(from, to));
}

/** Runs a job of the kind on the API of this moment and returns its output; fails while a restart is under way. */
async function outputOf(dev: StartCommand, kind: string, input: object): Promise<unknown> {
  const { api, key } = dev.run();
  const answer = await fetch(`${api}/v1/jobs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', prefer: 'wait=30' },
    body: JSON.stringify({ kind, input }),
  });
  const { output } = (await answer.json()) as { output: unknown };
  return output;
}

test('npm run dev takes over a changed kind and a changed source, goes on after a compile error, and Ctrl-C ends all of it', async () => {
  const project = newDataDir();
  copyProject(project);
  const kindsDir = path.join(project, 'my-kinds');
  cpSync(path.join(root, 'examples/kinds'), kindsDir, { recursive: true });
  const dev = startCommand({
    dataDir: newDataDir(),
    byNpm: true,
    script: 'dev',
    cwd: project,
    settings: { KINDS_DIR: kindsDir },
  });
  await dev.ready();
  await dev.says(/dev: watching/);
  const words = () => outputOf(dev, 'text.count-words', { text: 'one two three' });
  const sum = () => outputOf(dev, 'math.sum-of-squares', { n: 3 });
  const limits = { withinMs: 100_000 };
  await eventually(async () => expect([await words(), await sum()]).toEqual([{ words: 3 }, { sum: '5' }]), limits);

  const runFile = path.join(kindsDir, 'text.count-words/run.ts');
  change(runFile, '.length', '.length * 100');
  await eventually(async () => expect(await words()).toEqual({ words: 300 }), limits);

  const source = path.join(project, 'libs/kinds/src/math.sum-of-squares/run.ts');
  change(source, 'String(total)', 'String(total + 10n)');
  await eventually(async () => expect(await sum()).toEqual({ sum: '15' }), limits);

  change(source, 'total + 10n', 'total + 10');
  await dev.says(/run\.ts.*error[\s\S]*running processes go on/);
  await eventually(async () => expect(await sum()).toEqual({ sum: '15' }), limits);

  change(source, 'total + 10)', 'total + 20n)');
  const tree = remember([dev.pid, ...descendantsOf(dev.pid)]);
  await dev.says(/restarted[\s\S]*restarted[\s\S]*run\.ts changed[\s\S]*run\.ts changed/);
  // Twice, and in the middle of a restart.
  process.kill(-dev.pid, 'SIGINT');
  await dev.says(/Stopping/);
  process.kill(-dev.pid, 'SIGINT');
  await dev.exited;
  await expectAllGone(tree);
  expect(processesNaming(project)).toEqual([]);
  expect(processesNaming(dev.dataDir)).toEqual([]);
  expect(() => dev.run()).toThrow('ENOENT');
}, 400_000);
