import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { proxies, searchPath } from '../config.ts';

const run = promisify(execFile);

const outputBytesMax = 50_000_000;

/** The C library and its parts belong to the system's loader: a program with two of them does not start. */
const linkedLibrary = /^z?lib(?!c\d|gcc)/;

/**
 * Downloads packages, and the libraries that their programs link to, into `folder`. Throws when one cannot be found.
 * Installed packages are downloaded too: an entry in the system's status file does not show that the files are there,
 * and the file is not read. The C library, libgcc and all that is no library are left out.
 */
export async function downloadPackages(names: readonly string[], folder: string): Promise<void> {
  const ownFiles = aptFolders(path.join(folder, 'apt'));
  try {
    await downloadByLists(names, folder, ownFiles);
  } catch {
    // Most container images have empty package lists, so the lists are downloaded into our own folder.
    const ownLists = [...ownFiles, '-o', `Dir::State::lists=${path.join(folder, 'apt/lists')}`];
    const { stderr } = await apt('apt-get', [...ownLists, 'update']);
    await downloadByLists(names, folder, ownLists).catch((error: unknown) => {
      // The exit code of an update is 0 although no list could be fetched.
      const fault = /^[EW]: (Failed to fetch .*)$/m.exec(stderr)?.[1];
      throw fault === undefined ? error : new Error(fault);
    });
  }
}

async function downloadByLists(names: readonly string[], folder: string, options: string[]): Promise<void> {
  const { stdout } = await apt('apt-cache', [...options, 'depends', '--recurse', '--important', ...names]);
  const dependencies = parseDependencies(stdout);
  const all = new Set(names);
  // A set that grows is walked to its end.
  for (const name of all) {
    for (const library of dependencies.get(name)?.filter((other) => linkedLibrary.test(other)) ?? []) all.add(library);
  }
  await apt('apt-get', [...options, 'download', ...all], folder);
}

/** Parses the output of apt-cache depends: a line per package, then one per package that it depends on. */
function parseDependencies(text: string): ReadonlyMap<string, readonly string[]> {
  const blocks = text.split(/\n(?=\S)/).map((block) => block.split('\n'));
  const dependency = /^ [ |](?:Pre)?Depends: (\S+)$/;
  return new Map(
    blocks.map(([name = '', ...lines]) => [name, lines.flatMap((line) => dependency.exec(line)?.[1] ?? [])]),
  );
}

/**
 * Creates the folders of apt and returns the options by which apt writes there only and takes no package for installed.
 */
function aptFolders(folder: string): string[] {
  const settings = {
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': path.join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  mkdirSync(path.join(folder, 'lists/partial'), { recursive: true });
  mkdirSync(path.join(folder, 'cache/archives/partial'), { recursive: true });
  writeFileSync(settings['Dir::State::status'], '');
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

function apt(program: string, args: readonly string[], cwd?: string) {
  const env = { ...proxies, PATH: `${searchPath}:/usr/sbin:/sbin`, LC_ALL: 'C' };
  return run(program, [...args], { cwd, env, maxBuffer: outputBytesMax });
}
