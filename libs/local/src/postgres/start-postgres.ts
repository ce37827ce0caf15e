import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { superviseStore } from '../supervisor/supervise-store.ts';
import { findPostgres, type PostgresPrograms } from './find-postgres.ts';
import { commandLineOf, endProcess } from '../system/processes.ts';
import { launchPostgres, type Launch } from '../stores/launch-as-user.ts';
import { reasonOf, StartError } from '../start-error.ts';
import { makePrivateFolder } from '../system/private-folder.ts';
import { startOnPort, type LocalStore, type StoreOptions } from '../stores/start-on-port.ts';

const stopSignals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

/**
 * Starts a Postgres on 127.0.0.1 with its data in `<dir>/postgres`, created at the first start.
 * Every connection needs the password in `<dir>/postgres-password`. A server that an earlier start on this folder left
 * running is ended first; Postgres itself recovers the data of a killed server. Throws a StartError.
 */
export async function startPostgres(options: StoreOptions): Promise<LocalStore> {
  const programs = findPostgres();
  const durable = options.durable ?? true;
  const dir = path.resolve(options.dir);
  makePrivateFolder(dir);
  const dataFolder = path.join(dir, 'postgres');
  const password = storedSecret(`${dataFolder}-password`, () => randomBytes(18).toString('base64url'));
  if (!existsSync(dataFolder)) await createCluster(programs, dataFolder, durable);
  await checkMajorVersion(programs, dataFolder);
  await endPreviousServer(dataFolder);
  return startOnPort('Postgres', options, (port, onChange) => {
    const launch = { command: programs.postgres, args: serverArguments(dataFolder, port, durable) };
    const task = {
      ...launchPostgres(dataFolder, launch, 'INT'),
      cwd: dataFolder,
      env: plainEnvironment(),
      logFile: path.join(dir, 'logs/postgres.log'),
      stopSignals,
      stopStepMs: 8_000,
      restart: options.restart ?? false,
      dependantsMs: options.dependantsMs ?? 0,
    };
    const store = superviseStore(task, onChange);
    const isReady = () => Promise.resolve(readPidFile(dataFolder).isReadyAs(store.pid()));
    return { store, isReady, url: `postgres://turno:${password}@127.0.0.1:${port}/turno` };
  });
}

/** Creates the cluster in a second folder and renames it when complete, so that a partial cluster is never used. */
async function createCluster(programs: PostgresPrograms, dataFolder: string, durable: boolean): Promise<void> {
  const passwordFile = `${dataFolder}-password`;
  const draft = `${dataFolder}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  const account = ['--username=turno', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const options = ['-D', draft, '--encoding=UTF8', '--locale=C', '--no-instructions', ...account];
  const initdb = { command: programs.initdb, args: durable ? options : [...options, '--no-sync'] };
  await runOnce(launchPostgres(draft, initdb, 'KILL'), draft);
  const single = { command: programs.postgres, args: ['--single', '-D', draft, 'postgres'] };
  await runOnce(launchPostgres(draft, single, 'KILL'), draft, 'CREATE DATABASE turno\n');
  renameSync(draft, dataFolder);
}

async function runOnce({ command, args }: Launch, cwd: string, input = ''): Promise<void> {
  const running = promisify(execFile)(command, args, { cwd, env: plainEnvironment() });
  running.child.stdin?.end(input);
  try {
    await running;
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    // The last lines only report the clean-up.
    const lines = output.split('\n');
    const reason = lines.find((line) => /error|fatal|panic/i.test(line)) ?? (lines.at(-1) || reasonOf(error));
    throw new StartError(
      `The local Postgres in ${cwd} could not be created (${reason}): mend that, or set DATABASE_URL to a running Postgres.`,
    );
  }
}

function serverArguments(dataFolder: string, port: number, durable: boolean): string[] {
  const settings = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return ['-D', dataFolder, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

function plainEnvironment(): Record<string, string> {
  return { PATH: searchPath, LC_ALL: 'C', TZ: 'UTC' };
}

/**
 * Ends the server of an earlier start.
 * The process is ended only when its command line has `-D` with this folder. A pid file of a crash that names another
 * program is deleted: Postgres would not start beside it.
 */
async function endPreviousServer(dataFolder: string): Promise<void> {
  const { pid } = readPidFile(dataFolder);
  const command = pid === undefined ? [] : commandLineOf(pid);
  if (pid === undefined || command.length === 0) return;
  if (command[command.indexOf('-D') + 1] === dataFolder) await endProcess(pid, stopSignals, 8_000);
  else if (!command.join(' ').includes('postgres')) rmSync(path.join(dataFolder, 'postmaster.pid'), { force: true });
}

/** Reads postmaster.pid: line 1 is the pid, line 8 the state. Source: PostgreSQL's pidfile.h. */
function readPidFile(dataFolder: string) {
  let lines: string[] = [];
  try {
    lines = readFileSync(path.join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    // no file yet, or just being replaced
  }
  const pid = Number(lines[0]) || undefined;
  return {
    pid,
    isReadyAs: (own: number | undefined) => own !== undefined && pid === own && lines[7]?.trim() === 'ready',
  };
}

async function checkMajorVersion(programs: PostgresPrograms, dataFolder: string): Promise<void> {
  const dataMajor = readFileSync(path.join(dataFolder, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = await promisify(execFile)(programs.postgres, ['--version'], { env: plainEnvironment() });
  const programMajor = /(\d+)(\.\d+|beta|rc|devel)/.exec(stdout)?.[1];
  if (programMajor === dataMajor) return;
  throw new StartError(
    `${dataFolder} was created by Postgres ${dataMajor}, but Postgres ${programMajor} was found: install Postgres ${dataMajor}, or set DATA_DIR to another folder.`,
  );
}
