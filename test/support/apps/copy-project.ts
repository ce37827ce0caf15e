import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../root.ts';

/** How scripts/prepare.mjs knows that the packages of a lockfile are installed. */
const installMarker = '.turno-installed';
const copied = ['apps', 'libs', 'scripts', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.base.json'];

/**
 * Copies the project, compiled output included, into an empty folder. Packages from outside and the stores' programs
 * are links to those of the project; packages of ours are those of the copy.
 */
export function copyProject(folder: string): void {
  const options = { recursive: true, preserveTimestamps: true };
  for (const entry of copied) cpSync(path.join(root, entry), path.join(folder, entry), options);
  const modules = path.join(folder, 'node_modules');
  mkdirSync(path.join(modules, '@turno'), { recursive: true });
  for (const entry of readdirSync(path.join(root, 'node_modules'))) {
    if (entry === '@turno' || entry === installMarker) continue;
    symlinkSync(path.join(root, 'node_modules', entry), path.join(modules, entry));
  }
  // npm's links to packages of ours are relative, and so lead into the copy.
  for (const name of readdirSync(path.join(root, 'node_modules/@turno'))) {
    symlinkSync(readlinkSync(path.join(root, 'node_modules/@turno', name)), path.join(modules, '@turno', name));
  }
  const lockfile = readFileSync(path.join(folder, 'package-lock.json'));
  writeFileSync(path.join(modules, installMarker), createHash('sha256').update(lockfile).digest('hex'));
  mkdirSync(path.join(folder, '.turno'));
  symlinkSync(path.join(root, '.turno/tools'), path.join(folder, '.turno/tools'));
}
