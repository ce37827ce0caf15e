import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

interface Locked {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

/** The lockfile of the project, and that of the contestants of `npm run bench`. */
const lockfiles = ['package-lock.json', 'bench/peers/package-lock.json'];

function readPackages(lockfile: string): Record<string, Locked> {
  const { packages } = JSON.parse(readFileSync(path.join(root, lockfile), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  return packages;
}

test.each(lockfiles)('%s names no registry, so that it works with any', (lockfile) => {
  const remote = Object.values(readPackages(lockfile)).filter(({ resolved }) => /^https?:/.test(resolved ?? ''));
  expect(remote).toEqual([]);
});

test.each(lockfiles)('%s holds the builds for all platforms: npm ci refuses one that lacks some', (lockfile) => {
  const packages = readPackages(lockfile);
  const names = new Set(Object.keys(packages).map((place) => place.replace(/^.*node_modules\//, '')));
  const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
  expect(wanted.filter((name) => !names.has(name))).toEqual([]);
});
