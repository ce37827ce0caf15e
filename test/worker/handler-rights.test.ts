import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { copyProject } from '../support/apps/copy-project.ts';
import { root } from '../support/root.ts';

/** Only root can give handlers a user of their own. */
const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log('skipped: the rights of handlers of a root worker, since this is not root');

const run = promisify(execFile);

/** Runs one kind after the other in a process of its own, and prints the results and the lines of its log. */
const script = (folder: string) => `
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { openHandlers } from ${JSON.stringify(path.join(root, 'test/support/apps/open-handlers.mjs'))};
const files = { write: async ({ bytes }) => ({ fileId: 'file_test', bytes: bytes.length, sha256: null }) };
const { settings, tasks } = JSON.parse(process.argv[1]);
const handlers = await openHandlers({ root: ${JSON.stringify(folder)}, settings, files });
const results = [];
for (const [kind, input] of tasks) {
  const { kind: definition } = handlers.catalogue.get(kind);
  const { ok, output, message } = await handlers.run(kind, definition.input.parse(input ?? definition.example));
  results.push(ok ? output : message);
}
const networkOf = (pid) => readlinkSync('/proc/' + pid + '/ns/net');
const parentOf = (pid) => {
  try {
    return readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ').at(-1).split(' ')[1];
  } catch {
    return '';
  }
};
const pids = readdirSync('/proc').filter((name) => parentOf(name) === String(process.pid));
const networks = pids.map((pid) => (networkOf(pid) === networkOf('self') ? 'of the worker' : 'none'));
await handlers.close();
console.log(JSON.stringify({ results, networks, lines: handlers.lines }));`;

interface Ran {
  results: unknown[];
  lines: string[];
  /** Of each process for handlers. */
  networks: string[];
}

interface Scene {
  folder: string;
  settings?: Record<string, unknown>;
  tasks: [kind: string, input?: unknown][];
  env?: Record<string, string>;
  /** Runs as this user. */
  uid?: number;
}

async function runKinds({ folder, settings = {}, tasks, env = {}, uid }: Scene): Promise<Ran> {
  const args = ['--input-type=module', '-e', script(folder), JSON.stringify({ settings, tasks })];
  const options = {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(uid !== undefined && { uid, gid: uid }),
  };
  const { stdout } = await run(process.execPath, args, options);
  return JSON.parse(stdout) as Ran;
}

function newFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-rights-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const builtIn: [string][] = [['math.sum-of-squares'], ['image.thumbnail']];

const kindText = (name: string) => `
import { defineKind } from '@turno/kinds';
import { z } from 'zod';
export const kind = defineKind({
  name: '${name}', version: 1, queue: 'cpu', description: 'For a test.',
  input: z.object({}).loose(), output: z.unknown(), example: {},
});`;

/** Tries to read files and to connect, and returns what came of it. */
const probeText = `
import { connect } from 'node:net';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
const attempt = (read) => { try { return 'read ' + read(); } catch (error) { return error.code; } };
export const run = async ({ files, folders, port, leave }) => {
  if (leave) writeFileSync(leave, 'of a job');
  const connected = port && await new Promise((resolve) => {
    connect(port, '127.0.0.1').once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  const caps = /CapEff:\\s*(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  return {
    uid: process.getuid(), caps, connected,
    files: files?.map((file) => attempt(() => readFileSync(file, 'utf8'))),
    folders: folders?.map((folder) => attempt(() => readdirSync(folder).join())),
  };
};`;

test.runIf(asRoot)(
  'Built-in CPU kinds of a root worker run in a clone below a folder that is closed to all others',
  async () => {
    const closed = newFolder();
    const folder = path.join(closed, 'clone');
    mkdirSync(folder);
    copyProject(folder);
    chmodSync(closed, 0o700);
    writeFileSync(path.join(folder, '.env'), 'SECRET_KEY=of-the-clone', { mode: 0o644 });
    cpSync(path.join(root, 'examples/kinds'), path.join(folder, 'kinds'), { recursive: true });
    const settings = { KINDS_DIR: path.join(folder, 'kinds') };
    const tasks: Scene['tasks'] = [...builtIn, ['text.count-words']];
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

test.runIf(asRoot)(
  'A CPU handler of a root worker reads no data, secrets, other kinds or files of other jobs',
  async () => {
    const dir = newFolder();
    chmodSync(dir, 0o755);
    const write = (name: string, text: string) => {
      mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
      writeFileSync(path.join(dir, name), text, { mode: 0o644 });
      return path.join(dir, name);
    };
    const KINDS_DIR = path.join(dir, 'kinds');
    for (const name of ['test.probe', 'test.other']) {
      write(`kinds/${name}/kind.mjs`, kindText(name));
      write(`kinds/${name}/run.mjs`, probeText);
    }
    const secret = write('secrets/key', 'a secret');
    const stored = write('data/files/one', 'of another job');
    const left = path.join(tmpdir(), `${path.basename(dir)}-left`);
    onTestFinished(() => rmSync(left, { force: true }));
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const files = [stored, secret, left, '/etc/shadow', path.join(root, 'package.json')];
    const folders = [path.join(KINDS_DIR, 'test.other'), path.join(dir, 'data'), tmpdir()];
    const { results } = await runKinds({
      folder: root,
      settings: { KINDS_DIR, DATA_DIR: path.join(dir, 'data') },
      env: { SECRET_KEY_FILE: secret },
      tasks: [
        ['test.other', { leave: left }],
        ['test.probe', { files, folders, port }],
        ['test.other', {}],
      ],
    });
    const [other, probe, again] = results as Record<'uid' | 'caps' | 'files' | 'folders' | 'connected', unknown>[];
    expect(probe).toMatchObject({
      caps: '0000000000000000',
      files: ['ENOENT', 'EACCES', 'EACCES', 'EACCES', 'ENOENT'],
      folders: ['ENOENT', 'read ', expect.stringMatching(/^read/)],
      connected: true,
    });
    // 65534 is the user of a local Postgres.
    expect(new Set([other?.uid, probe?.uid, 0, 65_534]).size).toBe(4);
    expect(again?.uid).toBe(other?.uid);
  },
);

/** The clone of this test run may be closed to the user of the next test. */
async function isOpenTo(uid: number | undefined): Promise<boolean> {
  const options = uid === undefined ? {} : { uid, gid: uid };
  return run(process.execPath, ['-e', `require('fs').readdirSync(${JSON.stringify(root)})`], options).then(
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
