import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { copyProject } from '../support/apps/copy-project.ts';
import { type KindsScene, runKinds } from '../support/apps/run-kinds.ts';
import { newFolder } from '../support/kind-files.ts';
import { root } from '../support/root.ts';

/** Only root can give handlers a user of their own. */
const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log('skipped: the rights of handlers of a root worker, since this is not root');

const execute = promisify(execFile);

const builtIn: [string][] = [['math.sum-of-squares'], ['image.thumbnail']];

test.runIf(asRoot)(
  'Built-in CPU kinds of a root worker run in a clone below a folder that is closed to all others',
  async () => {
    const closed = newFolder('turno-rights-');
    const folder = path.join(closed, 'clone');
    mkdirSync(folder);
    copyProject(folder);
    chmodSync(closed, 0o700);
    writeFileSync(path.join(folder, '.env'), 'SECRET_KEY=of-the-clone', { mode: 0o644 });
    cpSync(path.join(root, 'examples/kinds'), path.join(folder, 'kinds'), { recursive: true });
    const settings = { KINDS_DIR: path.join(folder, 'kinds') };
    const tasks: KindsScene['tasks'] = [...builtIn, ['text.count-words']];
    const { results, lines } = await runKinds({ folder, settings, tasks });
    expect(results).toMatchObject([{ sum: expect.any(String) }, { images: expect.any(Array) }, { words: 3 }]);
    expect(lines.join('\n')).not.toMatch(/right to read every file/);

    // Without mounts nothing leads into the closed folder: handlers keep their old rights, which is said once.
    const programs = path.join(closed, 'programs');
    mkdirSync(programs);
    writeFileSync(path.join(programs, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    const env = { PATH: `${programs}:${process.env['PATH']}` };
    const without = await runKinds({ folder, settings, tasks, env });
    expect(without.results).toEqual(results);
    expect(without.lines.filter((line) => /right to read every file/.test(line))).toHaveLength(1);
    expect(without.lines.filter((line) => /keep the network/.test(line))).toHaveLength(1);
  },
);

test.runIf(asRoot)('Built-in CPU kinds of a root worker run in a clone that was made under umask 077', async () => {
  const folder = newFolder('turno-rights-');
  copyProject(folder);
  // The packages of the copy are links; those of such a clone would be closed as well.
  await execute('chmod', ['-R', 'go-rwx', folder]);
  const { results, lines } = await runKinds({ folder, tasks: builtIn });
  expect(results).toMatchObject([{ sum: expect.any(String) }, { images: expect.any(Array) }]);
  expect(
    lines.filter((line) => /right to read every file that their view shows.*chmod -R go\+rX/.test(line)),
  ).toHaveLength(1);
});

/** The clone of this test run may be closed to the user of the next test. */
async function isOpenTo(uid: number | undefined): Promise<boolean> {
  const options = uid === undefined ? {} : { uid, gid: uid };
  return execute(process.execPath, ['-e', `require('fs').readdirSync(${JSON.stringify(root)})`], options).then(
    () => true,
    () => false,
  );
}

test('A built-in CPU kind has no network, whatever user the worker is', async ({ skip }) => {
  const users = asRoot ? [0, 61_100] : [undefined];
  for (const uid of users) {
    if (process.platform !== 'linux' || !(await isOpenTo(uid))) skip('this needs Linux, and a clone open to all users');
    const { results, lines, networks } = await runKinds({
      folder: root,
      tasks: builtIn,
      ...(uid !== undefined && { uid }),
    });
    expect(results).toMatchObject([{ sum: expect.any(String) }, { images: expect.any(Array) }]);
    if (lines.some((line) => line.includes('keep the network'))) skip('this system allows no network namespaces');
    expect(networks).toEqual(['none', 'none']);
  }
});
