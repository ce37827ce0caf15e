import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { processesNaming } from '../support/apps/process-tree.ts';
import { atEndOfFile } from '../support/end-of-file.ts';
import { eventually } from '../support/eventually.ts';
import { root } from '../support/root.ts';

/** An npm whose install does not end, and that outlives every signal but SIGKILL. */
const npm = `
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  console.log('npm', process.argv[2]);
  setInterval(() => {}, 1000);
`;

/** A clone in which nothing is installed. */
function newClone(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-clone-'));
  atEndOfFile(() => rmSync(dir, { recursive: true, force: true }));
  for (const name of ['scripts', 'package.json', 'package-lock.json']) {
    cpSync(path.join(root, name), path.join(dir, name), { recursive: true });
  }
  writeFileSync(path.join(dir, 'npm.js'), npm);
  return dir;
}

test.each([
  ['start', 'SIGINT', 130],
  ['test', 'SIGINT', 130],
  ['dev', 'SIGTERM', 143],
] as const)(
  'An npm %s that gets %s during the install says so and leaves nothing running',
  async (script, signal, code) => {
    const dir = newClone();
    const env = { PATH: process.env.PATH, npm_execpath: path.join(dir, 'npm.js') };
    const child = spawn(process.execPath, [`scripts/${script}.mjs`], { cwd: dir, env, detached: true });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const exited = new Promise((resolve) => child.once('close', resolve));
    await eventually(() => output.includes('npm ci'));
    process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal); // Ctrl-C reaches the whole group
    expect(await exited).toBe(code);
    expect(output.trim().split('\n')).toEqual([
      'Installing packages by the lockfile …',
      'npm ci',
      expect.stringMatching(/^Stopped before everything was installed/),
    ]);
    expect(processesNaming(dir)).toEqual([]);
    expect(existsSync(path.join(dir, '.turno/prepare.lock'))).toBe(false);
  },
);
