import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { appNames, type AppName } from '../turno/local-turno.ts';

interface Manifest {
  dependencies?: Record<string, string>;
}

/**
 * Returns the folders below `root` whose files are compiled into the apps, and the migrations, which the apps run at
 * their start.
 */
export function sourceFolders(root: string): string[] {
  const packages = ['apps', 'libs'].flatMap((parent) =>
    readdirSync(path.join(root, parent)).map((name) => path.join(root, parent, name, 'src')),
  );
  return [...packages, path.join(root, 'libs/postgres/migrations')];
}

/** Finds the apps that contain these files, directly or through a package of ours. */
export function affectedApps(root: string, files: readonly string[]): AppName[] {
  const changed = new Set(files.map((file) => path.relative(root, file).split(path.sep).slice(0, 2).join('/')));
  return appNames.filter((app) => [...packagesOf(root, `apps/${app}`)].some((folder) => changed.has(folder)));
}

/** The package itself and all packages of ours that it imports, at any depth. */
function packagesOf(root: string, folder: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(folder)) return found;
  found.add(folder);
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Manifest;
  for (const name of Object.keys(dependencies)) {
    if (name.startsWith('@turno/')) packagesOf(root, name.replace('@turno/', 'libs/'), found);
  }
  return found;
}
