import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from '../root.ts';

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

export interface Ran {
  results: unknown[];
  lines: string[];
  /** Of each process for handlers. */
  networks: string[];
}

export interface KindsScene {
  folder: string;
  settings?: Record<string, unknown>;
  tasks: [kind: string, input?: unknown][];
  env?: Record<string, string>;
  /** Runs as this user. */
  uid?: number;
}

/** Runs kinds in a process of its own, with the pinned code and the rights that a worker gives to handlers. */
export async function runKinds({ folder, settings = {}, tasks, env = {}, uid }: KindsScene): Promise<Ran> {
  const args = ['--input-type=module', '-e', script(folder), JSON.stringify({ settings, tasks })];
  const options = {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(uid !== undefined && { uid, gid: uid }),
  };
  const { stdout } = await run(process.execPath, args, options);
  return JSON.parse(stdout) as Ran;
}
