import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from '../config.ts';
import { storedSecret } from '../stores/stored-secret.ts';
import { keepStore } from '../supervisor/supervise-store.ts';
import { findPostgres, type PostgresPrograms } from './find-postgres.ts';
import { commandOf, endProcess } from '../system/processes.ts';
import { launchPostgres, type Launch } from '../stores/launch-as-user.ts';
import { reasonOf, StartFault } from '../start-fault.ts';
import { makeFolder, startOnPort, type LocalStore, type StoreOptions } from '../stores/start-on-port.ts';

const stopSignals: NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGKILL'];

/**
 * Starts a Postgres on 127.0.0.1 whose data is in `<dir>/postgres`, made at the first start. A password is asked of everyone
 * and kept in `<dir>/postgres-password`. One left running by an earlier start on this very folder is ended first; data that
 * a killed server left behind is recovered by Postgres itself.
 */
export async function startPostgres(options: StoreOptions): Promise<LocalStore> {
  const programs = findPostgres();
  const durable = options.durable ?? true;
  const dir = path.resolve(options.dir);
  makeFolder(dir);
  const dataFolder = path.join(dir, 'postgres');
  const password = storedSecret(`${dataFolder}-password`, () => randomBytes(18).toString('base64url'));
  if (!existsSync(dataFolder)) await makeCluster(programs, dataFolder, durable);
  await refuseOtherMajor(programs, dataFolder);
  await endLeftover(dataFolder);
  return startOnPort('Postgres', options, (port) => {
    const launch = { command: programs.postgres, args: serverArguments(dataFolder, port, durable) };
    const order = {
      ...launchPostgres(dataFolder, launch, 'INT'),
      cwd: dataFolder,
      env: plainEnvironment(),
      logFile: path.join(dir, 'logs/postgres.log'),
      stopSignals,
      stopStepMs: 8_000,
      restart: options.restart ?? false,
      dependantsMs: options.dependantsMs ?? 0,
    };
    const kept = keepStore(order, options.onChange);
    const isReady = () => Promise.resolve(readPidFile(dataFolder).isReadyAs(kept.pid()));
    return { kept, isReady, url: `postgres://turno:${password}@127.0.0.1:${port}/turno` };
  });
}

/** Made aside and renamed when whole, so that a half-made cluster is never taken for one. */
async function makeCluster(programs: PostgresPrograms, dataFolder: string, durable: boolean): Promise<void> {
  const passwordFile = `${dataFolder}-password`;
  const aside = `${dataFolder}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: 0o700 });
  const account = ['--username=turno', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const words = ['-D', aside, '--encoding=UTF8', '--locale=C', '--no-instructions', ...account];
  const initdb = { command: programs.initdb, args: durable ? words : [...words, '--no-sync'] };
  await runOnce(launchPostgres(aside, initdb, 'KILL'), aside);
  const single = { command: programs.postgres, args: ['--single', '-D', aside, 'postgres'] };
  await runOnce(launchPostgres(aside, single, 'KILL'), aside, 'CREATE DATABASE turno\n');
  renameSync(aside, dataFolder);
}

async function runOnce({ command, args }: Launch, cwd: string, input = ''): Promise<void> {
  const running = promisify(execFile)(command, args, { cwd, env: plainEnvironment() });
  running.child.stdin?.end(input);
  try {
    await running;
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
    // The last lines tell how it cleans up.
    const lines = said.split('\n');
    const reason = lines.find((line) => /error|fatal|panic/i.test(line)) ?? (lines.at(-1) || reasonOf(error));
    throw new StartFault(
      `A local Postgres could not be made in ${cwd} (${reason}): mend that, or set DATABASE_URL to a running one.`,
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
 * A server is ours only if it was started with `-D` and this very folder. A pid file that names some other program is what
 * a crash left behind: Postgres would refuse to start beside it.
 */
async function endLeftover(dataFolder: string): Promise<void> {
  const { pid } = readPidFile(dataFolder);
  const command = pid === undefined ? [] : commandOf(pid);
  if (pid === undefined || command.length === 0) return;
  if (command[command.indexOf('-D') + 1] === dataFolder) await endProcess(pid, stopSignals, 8_000);
  else if (!command.join(' ').includes('postgres')) rmSync(path.join(dataFolder, 'postmaster.pid'), { force: true });
}

/** Line 1 is the pid, line 8 the state. Source: PostgreSQL's pidfile.h. */
function readPidFile(dataFolder: string) {
  let lines: string[] = [];
  try {
    lines = readFileSync(path.join(dataFolder, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    // none yet, or being replaced
  }
  const pid = Number(lines[0]) || undefined;
  return {
    pid,
    isReadyAs: (own: number | undefined) => own !== undefined && pid === own && lines[7]?.trim() === 'ready',
  };
}

async function refuseOtherMajor(programs: PostgresPrograms, dataFolder: string): Promise<void> {
  const made = readFileSync(path.join(dataFolder, 'PG_VERSION'), 'utf8').trim();
  const { stdout } = await promisify(execFile)(programs.postgres, ['--version'], { env: plainEnvironment() });
  const runs = /(\d+)(\.\d+|beta|rc|devel)/.exec(stdout)?.[1];
  if (runs === made) return;
  throw new StartFault(
    `${dataFolder} was made by Postgres ${made}, but here is Postgres ${runs}: install Postgres ${made}, or set DATA_DIR to another folder.`,
  );
}
