import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runKinds } from '../support/apps/run-kinds.ts';
import { kindText, newFolder } from '../support/kind-files.ts';
import { root } from '../support/root.ts';

/** Only root can give handlers a user of their own. */
const asRoot = process.getuid?.() === 0;
if (!asRoot) console.log('skipped: the rights of handlers of a root worker, since this is not root');

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
  'A CPU handler of a root worker reads no data, secrets, other kinds or files of other jobs',
  async () => {
    const dir = newFolder('turno-rights-');
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
