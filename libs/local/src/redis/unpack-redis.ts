import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { searchPath } from '../config.ts';
import { withLock } from '../system/file-lock.ts';
import { makeFolder } from '../stores/start-on-port.ts';

const run = promisify(execFile);

export interface RedisProgram {
  command: string;
  env: Record<string, string>;
}

/**
 * The server from the distribution's own signed packages, fetched and unpacked below `toolsDir` once. Needs no root and
 * changes nothing outside that folder. Two processes at once: one works, the other waits for it.
 */
export async function unpackedRedis(toolsDir: string): Promise<RedisProgram> {
  const home = path.join(toolsDir, `redis-${process.arch}`);
  if (!existsSync(home)) {
    makeFolder(toolsDir);
    await withLock(`${home}.lock`, () => unpackOnce(home));
  }
  const env = { LD_LIBRARY_PATH: libraryFolders(home).join(':') };
  const command = path.join(home, 'usr/bin/redis-server');
  await run(command, ['--version'], { env });
  return { command, env };
}

/** Unpacked aside and renamed when whole and seen to run. */
async function unpackOnce(home: string): Promise<void> {
  if (existsSync(home)) return;
  const aside = `${home}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(path.join(aside, 'packages'), { recursive: true });
  const packages = path.join(aside, 'packages');
  await download(packages);
  for (const file of readdirSync(packages).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', path.join(packages, file), aside]);
  }
  rmSync(packages, { recursive: true });
  renameSync(aside, home);
}

async function download(folder: string): Promise<void> {
  try {
    await fetchPackages(folder, []);
  } catch {
    // Most images carry empty package lists. Ours are fetched into our own folder.
    const options = ownLists(path.join(folder, 'lists'));
    await run('apt-get', [...options, 'update']);
    await fetchPackages(folder, options);
  }
}

/** Fetches the server and whatever this system lacks to run it, as the package system itself works it out. */
async function fetchPackages(folder: string, options: string[]): Promise<void> {
  const simulate = ['--simulate', '--no-install-recommends', 'install', 'redis-server'];
  const { stdout } = await run('apt-get', [...options, ...simulate], { env: plainEnvironment() });
  const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) throw new Error('the package system offers no redis-server');
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
