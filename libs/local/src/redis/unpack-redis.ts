import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from '../config.ts';
import { withLock } from '../system/file-lock.ts';
import { makePrivateFolder } from '../system/private-folder.ts';

const run = promisify(execFile);

export interface RedisProgram {
  command: string;
  env: Record<string, string>;
}

/**
 * Downloads the server from the distribution's signed packages and unpacks it below `toolsDir`, once.
 * Needs no root and changes nothing outside that folder. Of two processes at once, one downloads and the other waits
 * for it.
 */
export async function unpackRedis(toolsDir: string): Promise<RedisProgram> {
  const home = path.join(toolsDir, `redis-${process.arch}`);
  if (!existsSync(home)) {
    makePrivateFolder(toolsDir);
    await withLock(`${home}.lock`, () => unpackOnce(home));
  }
  const env = { LD_LIBRARY_PATH: libraryFolders(home).join(':') };
  const command = path.join(home, 'usr/bin/redis-server');
  await run(command, ['--version'], { env });
  return { command, env };
}

/** Unpacks into a second folder and renames it when complete. */
async function unpackOnce(home: string): Promise<void> {
  if (existsSync(home)) return;
  const draft = `${home}.new`;
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(path.join(draft, 'packages'), { recursive: true });
  const packages = path.join(draft, 'packages');
  await download(packages);
  for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', path.join(packages, file), draft]);
  }
  rmSync(packages, { recursive: true });
  renameSync(draft, home);
}

async function download(folder: string): Promise<void> {
  try {
    await downloadPackages(folder, []);
  } catch {
    // Most container images have empty package lists, so the lists are downloaded into our own folder.
    const options = ownLists(path.join(folder, 'lists'));
    await run('apt-get', [...options, 'update']);
    await downloadPackages(folder, options);
  }
}

/** Downloads the server and the packages it needs that this system lacks, as apt-get computes them. */
async function downloadPackages(folder: string, options: string[]): Promise<void> {
  const simulate = ['--simulate', '--no-install-recommends', 'install', 'redis-server'];
  const { stdout } = await run('apt-get', [...options, ...simulate], { env: plainEnvironment() });
  const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) throw new Error('apt-get offers no package redis-server');
  await run('apt-get', [...options, '-o', 'APT::Sandbox::User=root', 'download', ...names], {
    cwd: folder,
    env: plainEnvironment(),
  });
}

function ownLists(folder: string): string[] {
  const [lists, cache] = [path.join(folder, 'state/lists'), path.join(folder, 'cache')];
  mkdirSync(path.join(lists, 'partial'), { recursive: true });
  mkdirSync(path.join(cache, 'archives/partial'), { recursive: true });
  const settings = {
    'Dir::State': path.join(folder, 'state'),
    'Dir::State::lists': lists,
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': cache,
    'APT::Sandbox::User': 'root',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function plainEnvironment(): Record<string, string> {
  return { PATH: `${searchPath}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' };
}

function libraryFolders(home: string): string[] {
  return [path.join(home, 'usr/lib'), path.join(home, 'lib')].flatMap((folder) =>
    existsSync(folder) ? [folder, ...readdirSync(folder).map((name) => path.join(folder, name))] : [],
  );
}
