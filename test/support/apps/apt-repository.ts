import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A package of a repository. A file whose content begins with `-> ` is a link. */
export interface Package {
  name: string;
  depends?: string;
  files?: Record<string, string>;
}

export interface Repository {
  /** A folder with `apt-get` and `apt-cache` of the system, which know this repository and this status only. */
  programs: string;
}

const version = '7.0.15';

/** Builds a package repository of apt in `dir`, and a status file that says `installed` are installed. */
export function makeRepository(dir: string, packages: readonly Package[], installed: readonly string[]): Repository {
  const at = (name: string) => path.join(dir, name);
  for (const folder of ['pool', 'state/lists/partial', 'programs']) mkdirSync(at(folder), { recursive: true });
  const entries = packages.map((each) => buildPackage(each, at('pool')));
  writeFileSync(at('pool/Packages'), entries.join('\n'));
  const status = installed.map((name) => `Package: ${name}\nStatus: install ok installed\n${fields(name)}`);
  writeFileSync(at('status'), `${status.join('\n')}\n`);
  writeFileSync(at('sources.list'), `deb [trusted=yes] copy:${at('pool')} ./\n`);
  const settings = {
    'Dir::State': at('state'),
    'Dir::State::status': at('status'),
    'Dir::Etc::sourcelist': at('sources.list'),
    'Dir::Etc::sourceparts': '-',
    'Dir::Etc::preferencesparts': '-',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";\n`);
  writeFileSync(at('apt.conf'), lines.join(''));
  for (const program of ['apt-get', 'apt-cache']) {
    writeFileSync(at(`programs/${program}`), `#!/bin/sh\nAPT_CONFIG=${at('apt.conf')} exec /usr/bin/${program} "$@"\n`);
    chmodSync(at(`programs/${program}`), 0o755);
  }
  return { programs: at('programs') };
}

/** Builds the archive and returns its entry in the list of packages. */
function buildPackage({ name, depends, files = {} }: Package, pool: string): string {
  const tree = path.join(pool, name);
  const all = {
    'DEBIAN/control': `Package: ${name}\n${fields(name)}${depends ? `Depends: ${depends}\n` : ''}`,
    ...files,
  };
  for (const [file, content] of Object.entries(all)) {
    const full = path.join(tree, file);
    mkdirSync(path.dirname(full), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), full);
    else writeFileSync(full, content, { mode: 0o755 });
  }
  const archive = `${name}_${version}_all.deb`;
  execFileSync('dpkg-deb', ['--root-owner-group', '--build', tree, path.join(pool, archive)], { stdio: 'pipe' });
  const bytes = readFileSync(path.join(pool, archive));
  const sum = createHash('sha256').update(bytes).digest('hex');
  return `${all['DEBIAN/control']}Filename: ./${archive}\nSize: ${bytes.length}\nSHA256: ${sum}\n`;
}

function fields(name: string): string {
  return `Version: ${version}\nArchitecture: all\nMaintainer: Nobody <nobody@example.com>\nDescription: ${name}\n`;
}
