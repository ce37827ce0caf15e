import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFailed } from 'vitest';
import { atEndOfFile } from '../end-of-file.ts';
import { eventually } from '../eventually.ts';
import { endAllNaming } from './process-tree.ts';
import { root } from '../root.ts';

/** What run.json says, as far as tests read it. */
export interface RunFile {
  api: string;
  board: string;
  key: string;
  databaseUrl: string;
  redisUrl: string;
  pids: Record<'api' | 'worker' | 'board' | 'files' | 'postgres' | 'redis', number[]>;
}

export interface StartCommand {
  pid: number;
  dataDir: string;
  output(): string;
  /** Reads run.json; throws while there is none. */
  run(): RunFile;
  /** Resolves once it has said that all is ready, and fails with its output when it ended instead. */
  ready(): Promise<RunFile>;
  /** Resolves once the output matches. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  kill(signal: NodeJS.Signals): void;
  exited: Promise<number | NodeJS.Signals>;
}

interface StartOptions {
  dataDir: string;
  /** Start npm itself, in a session of its own, instead of the script that it runs. */
  byNpm?: boolean;
  script?: 'start' | 'dev';
  /** The folder of the project, for a test that changes a copy of the sources. */
  cwd?: string;
  settings?: Record<string, string>;
}

const readyWithinMs = 180_000;

/** A new, empty folder for one start's state, removed with the file. */
export function newDataDir(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'turno-start-'));
  atEndOfFile(() => {
    endAllNaming(folder);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** Starts what a newcomer starts, on free ports and on a folder of its own. */
export function startCommand({
  dataDir,
  byNpm = false,
  script = 'start',
  cwd = root,
  settings = {},
}: StartOptions): StartCommand {
  const [command, ...args] = byNpm ? ['npm', 'run', script] : [process.execPath, `scripts/${script}.mjs`];
  const ports = { PORT: '0', BOARD_PORT: '0', OPS_PORT: '0', WORKER_OPS_PORT: '0', FILES_PORT: '0' };
  const child = spawn(command, args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      SHUTDOWN_GRACE_SECONDS: '3',
      CPU_CONCURRENCY: '1',
      DATA_DIR: dataDir,
      ...ports,
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
  });
  onTestFailed(() => console.log(output, logsIn(dataDir)));
  const run = () => JSON.parse(readFileSync(path.join(dataDir, 'run.json'), 'utf8')) as RunFile;
  const says = (pattern: RegExp) =>
    eventually(
      () => {
        const found = pattern.exec(output);
        if (found === null) throw new Error(`${pattern} is not in:\n${output}`);
        return found;
      },
      { withinMs: readyWithinMs },
    );
  return {
    pid: child.pid ?? 0,
    dataDir,
    output: () => output,
    run,
    says,
    exited,
    ready: () => says(/Turno is ready/).then(run),
    kill: (signal) => void child.kill(signal),
  };
}

/** The last lines of all logs, for whoever wonders why a test failed. */
function logsIn(dataDir: string): string {
  const folder = path.join(dataDir, 'logs');
  try {
    const tail = (name: string) => readFileSync(path.join(folder, name), 'utf8').split('\n').slice(-15).join('\n');
    return readdirSync(folder)
      .map((name) => `${name}:\n${tail(name)}`)
      .join('\n');
  } catch {
    return 'There are no logs.';
  }
}
