import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../start-error.ts';
import { withLock } from '../system/file-lock.ts';
import { makePrivateFolder } from '../system/private-folder.ts';
import { downloadPackages } from './apt-packages.ts';

const run = promisify(execFile);

/** Debian's redis-server is a link to a program of redis-tools. */
const packages = ['redis-server', 'redis-tools'];
const versionTimeoutMs = 30_000;

export interface RedisProgram {
  command: string;
  env: Record<string, string>;
}

/**
 * Downloads the server from the distribution's signed packages and unpacks it below `toolsDir`, once.
 * Needs no root and changes nothing outside that folder. Of two processes at once, one downloads and the other waits
 * for it. A folder whose server does not run is removed; throws when the new one does not run either.
 */
export async function unpackRedis(toolsDir: string): Promise<RedisProgram> {
  const home = path.join(toolsDir, `redis-${process.arch}`);
  if ((await faultOf(home)) !== undefined) {
    makePrivateFolder(toolsDir);
    await withLock(`${home}.lock`, () => unpackAgain(home));
  }
  return programIn(home);
}

/** Unpacks into a second folder and renames it once its server has run. */
async function unpackAgain(home: string): Promise<void> {
  if ((await faultOf(home)) === undefined) return; // another process was faster
  const draft = `${home}.new`;
  for (const folder of [home, draft]) rmSync(folder, { recursive: true, force: true });
  try {
    await unpackPackages(draft);
    const fault = await faultOf(draft);
    if (fault !== undefined) throw new Error(`the downloaded one does not run: ${fault}`);
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function unpackPackages(folder: string): Promise<void> {
  const downloads = path.join(folder, 'packages');
  mkdirSync(downloads, { recursive: true });
  await downloadPackages(packages, downloads);
  for (const file of readdirSync(downloads).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', path.join(downloads, file), folder]);
  }
  rmSync(downloads, { recursive: true });
}

/** Returns why the server in this folder does not run; undefined when it does. */
async function faultOf(home: string): Promise<string | undefined> {
  const { command, env } = programIn(home);
  if (!existsSync(command)) return 'it has no redis-server';
  try {
    await run(command, ['--version'], { env, timeout: versionTimeoutMs });
    return undefined;
  } catch (error) {
    return reasonOf(error).trim().split('\n').at(-1);
  }
}

function programIn(home: string): RedisProgram {
  const env = { LD_LIBRARY_PATH: libraryFolders(home).join(':') };
  return { command: path.join(home, 'usr/bin/redis-server'), env };
}

function libraryFolders(home: string): string[] {
  return [path.join(home, 'usr/lib'), path.join(home, 'lib')].flatMap((folder) =>
    existsSync(folder) ? [folder, ...readdirSync(folder).map((name) => path.join(folder, name))] : [],
  );
}
